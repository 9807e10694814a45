-- The ephemeris in a database, the same in PostgreSQL and SQLite. SQLite reads a type's name only
-- as a hint and keeps byte strings as they are, so BYTEA serves both.

-- One row: which ephemeris the records belong to and the span (Julian dates, TDB) all its series cover.
CREATE TABLE IF NOT EXISTS ephemeris (
    name     TEXT PRIMARY KEY,
    start_jd DOUBLE PRECISION NOT NULL,
    end_jd   DOUBLE PRECISION NOT NULL
);

-- One row per body and point: how long its records are, so that those around an instant are a range of the key.
CREATE TABLE IF NOT EXISTS ephemeris_series (
    target      SMALLINT PRIMARY KEY,
    record_days DOUBLE PRECISION NOT NULL
);

-- One row per polynomial: Chebyshev coefficients of x, y, z in kilometres, as little-endian doubles.
CREATE TABLE IF NOT EXISTS ephemeris_record (
    target   SMALLINT         NOT NULL,
    center   SMALLINT         NOT NULL,
    start_jd DOUBLE PRECISION NOT NULL,
    end_jd   DOUBLE PRECISION NOT NULL,
    coeffs   BYTEA            NOT NULL,
    PRIMARY KEY (target, start_jd)
);
