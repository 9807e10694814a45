-- The ephemeris in a database, the same in PostgreSQL and SQLite. SQLite reads a type's name only
-- as a hint and keeps byte strings as they are, so BYTEA serves both.

-- One row: which ephemeris the records belong to, the span (Julian dates, TDB) that all bodies cover, and the days of
-- the longest record, so that the records around an instant are a range of the key.
CREATE TABLE IF NOT EXISTS ephemeris (
    name                TEXT PRIMARY KEY,
    start_jd            DOUBLE PRECISION NOT NULL,
    end_jd              DOUBLE PRECISION NOT NULL,
    longest_record_days DOUBLE PRECISION NOT NULL
);

-- One row per polynomial: the place of `target` as seen from `center`, by their numbers in JPL's files, as Chebyshev
-- coefficients of x, y, z in kilometres, little-endian doubles.
CREATE TABLE IF NOT EXISTS ephemeris_record (
    target   SMALLINT         NOT NULL,
    center   SMALLINT         NOT NULL,
    start_jd DOUBLE PRECISION NOT NULL,
    end_jd   DOUBLE PRECISION NOT NULL,
    coeffs   BYTEA            NOT NULL,
    PRIMARY KEY (target, start_jd)
);
