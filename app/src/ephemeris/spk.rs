//! The series in JPL's files: SPK segments of data type 2, "Chebyshev, position only".
//!
//! A segment is a run of equally long records of one target, and ends with four words that describe
//! them. Format: NAIF, *SPK Required Reading*. [`daf`] finds the segments,
//! [`kernel`](super::kernel) is made of them.

use super::daf::{self, Problem, WORD, address, double, integer, slice, whole};
use super::records::Target;

/// First instant, seconds per record, words per record, number of records.
const SEGMENT_END: usize = 4 * WORD;
/// Middle and radius of its span, before the coefficients of a record.
const RECORD_START: usize = 2 * WORD;
const CHEBYSHEV_POSITION: i32 = 2;
const ICRF: i32 = 1;
const J2000_JD: f64 = 2_451_545.0;
const SECONDS_PER_DAY: f64 = 86_400.0;
/// How far a record may stand from its place: rounding of a double at 300 years from J2000.
const TOLERANCE_SECONDS: f64 = 1e-3;

/// The records of one target: equal spans of time, without gaps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) target: Target,
    pub(super) start_jd: f64,
    pub(super) record_days: f64,
    pub(super) record_count: usize,
    pub(super) record_bytes: usize,
    pub(super) first_byte: usize,
}

/// One record as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RawRecord<'k> {
    pub(super) start_jd: f64,
    pub(super) end_jd: f64,
    /// Little-endian doubles: the coefficients of x, then of y, then of z, in kilometres.
    pub(super) coefficients: &'k [u8],
}

impl Segment {
    /// Returns the end of the last record, Julian date.
    pub(super) fn end_jd(&self) -> f64 {
        let count = u32::try_from(self.record_count).expect("a count is at most u32::MAX");
        self.start_jd + f64::from(count) * self.record_days
    }

    /// Returns the records, oldest first, from the file the segment was found in.
    pub(super) fn records(self, bytes: &[u8]) -> impl Iterator<Item = RawRecord<'_>> {
        bytes[self.first_byte..]
            .chunks_exact(self.record_bytes)
            .take(self.record_count)
            .zip(0_u32..)
            .map(move |(record, index)| RawRecord {
                start_jd: self.start_jd + f64::from(index) * self.record_days,
                end_jd: self.start_jd + f64::from(index + 1) * self.record_days,
                coefficients: &record[RECORD_START..],
            })
    }
}

/// Returns the segments of all targets; others (the centers of planets, for example) are passed over.
pub(super) fn segments(bytes: &[u8]) -> Result<Vec<Segment>, Problem> {
    let mut found = Vec::new();
    for summary in daf::summaries(bytes)? {
        found.extend(segment(bytes, summary)?);
    }
    Ok(found)
}

/// Returns the segment a summary describes, or nothing when no chart needs it.
fn segment(bytes: &[u8], summary: &[u8]) -> Result<Option<Segment>, Problem> {
    let field = |index: usize| integer(summary, 2 * WORD + 4 * index);
    let (code, center) = (field(0)?, field(1)?);
    let Some(target) = Target::ALL
        .into_iter()
        .find(|target| (i32::from(target.code()), i32::from(target.center())) == (code, center))
    else {
        return Ok(None);
    };
    if field(2)? != ICRF {
        return Err(format!("its series of {target:?} is not along the axes of the ICRF").into());
    }
    if field(3)? != CHEBYSHEV_POSITION {
        return Err(format!(
            "its series of {target:?} has data type {}, not 2",
            field(3)?
        )
        .into());
    }
    let first_byte = address(field(4)?)?;
    let end = address(field(5)?)?
        .checked_add(WORD)
        .ok_or("a segment ends outside the file")?;
    let end_of_records = end
        .checked_sub(SEGMENT_END)
        .filter(|&end| first_byte <= end)
        .ok_or("a segment ends before it starts")?;
    let description = slice(bytes, end_of_records, SEGMENT_END)?;
    let start_seconds = double(description, 0)?;
    let record_seconds = double(description, WORD)?;
    let record_words = whole(double(description, 2 * WORD)?)?;
    let record_count = whole(double(description, 3 * WORD)?)?;
    if !(start_seconds.is_finite() && record_seconds.is_finite() && record_seconds > 0.0) {
        return Err(format!("its series of {target:?} covers no span of time").into());
    }
    if record_words < 5 || (record_words - 2) % 3 != 0 || record_count == 0 {
        return Err(format!("its series of {target:?} has no coefficients").into());
    }
    if (record_words * WORD).checked_mul(record_count) != Some(end_of_records - first_byte) {
        return Err(format!("its series of {target:?} is not as long as it says").into());
    }
    let segment = Segment {
        target,
        start_jd: J2000_JD + start_seconds / SECONDS_PER_DAY,
        record_days: record_seconds / SECONDS_PER_DAY,
        record_count,
        record_bytes: record_words * WORD,
        first_byte,
    };
    check_records(bytes, &segment, start_seconds, record_seconds)?;
    Ok(Some(segment))
}

/// Checks that each record spans the time its place in the segment says, with finite coefficients.
fn check_records(
    bytes: &[u8],
    segment: &Segment,
    start_seconds: f64,
    record_seconds: f64,
) -> Result<(), Problem> {
    let records = slice(
        bytes,
        segment.first_byte,
        segment.record_bytes * segment.record_count,
    )?;
    for (record, index) in records.chunks_exact(segment.record_bytes).zip(0_u32..) {
        let radius = record_seconds / 2.0;
        let middle = start_seconds + f64::from(index) * record_seconds + radius;
        let in_place = (double(record, 0)? - middle).abs() < TOLERANCE_SECONDS
            && (double(record, WORD)? - radius).abs() < TOLERANCE_SECONDS;
        if !in_place
            || !record
                .chunks_exact(WORD)
                .all(|word| double(word, 0).is_ok_and(f64::is_finite))
        {
            return Err(format!("record {index} of {:?} is damaged", segment.target).into());
        }
    }
    Ok(())
}
