//! The file format of JPL's ephemerides: an SPK kernel with Chebyshev position records.
//!
//! A kernel is a DAF, an array of 8-byte words in blocks of 1024 bytes. The first block says where
//! the list of segments starts; each segment is a run of equally long records of one target, and
//! ends with four words that describe them. A file may be cut short or damaged, so every address
//! is checked before it is followed. Formats: NAIF, *DAF Required Reading* and *SPK Required
//! Reading*, data type 2 ("Chebyshev, position only").
//!
//! [`import`](super::Ephemeris::import) copies the records into the database.

use std::borrow::Cow;
use std::path::Path;

use super::error::Error;
use super::records::{Coverage, Target};

/// The ephemeris that ships with the service; origin and terms are in `data/README.md`.
const DE421: &[u8] = include_bytes!("../../data/de421.bsp");

const WORD: usize = 8;
const BLOCK: usize = 1024;
const SUMMARIES_START: usize = 3 * WORD;
/// Two doubles and six integers.
const SUMMARY: usize = 5 * WORD;
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

/// A checked ephemeris file: every record of every [`Target`] is there and can be read.
pub struct Kernel {
    coverage: Coverage,
    bytes: Cow<'static, [u8]>,
    segments: Vec<Segment>,
}

/// The records of one target: equal spans of time, without gaps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) target: Target,
    pub(super) start_jd: f64,
    pub(super) record_days: f64,
    record_count: usize,
    record_bytes: usize,
    first_byte: usize,
}

/// One record as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RawRecord<'k> {
    pub(super) start_jd: f64,
    pub(super) end_jd: f64,
    /// Little-endian doubles: the coefficients of x, then of y, then of z, in kilometres.
    pub(super) coefficients: &'k [u8],
}

impl Kernel {
    /// Returns the ephemeris that is built into the service, DE421 (July 1899 to October 2053).
    ///
    /// # Panics
    ///
    /// Never in a released build: a test parses the built-in file.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse("DE421", Cow::Borrowed(DE421)).expect("the built-in kernel is whole")
    }

    /// Reads an ephemeris from a file such as `de440s.bsp`; its name is the file's, `DE440S`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged or cut short, or lacks a target
    /// ([`Error::is_invalid_kernel`]).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::unreadable_kernel(path, source))?;
        let name = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .to_uppercase();
        Self::parse(&name, Cow::Owned(bytes))
    }

    /// Returns the ephemeris' name and the span that all its targets cover.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Returns how many records the kernel holds.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.segments
            .iter()
            .map(|segment| segment.record_count)
            .sum()
    }

    pub(super) fn longest_record_days(&self) -> f64 {
        self.segments
            .iter()
            .map(|segment| segment.record_days)
            .fold(0.0, f64::max)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the records of `segment`, oldest first.
    pub(super) fn records(&self, segment: &Segment) -> impl Iterator<Item = RawRecord<'_>> {
        let start_jd = segment.start_jd;
        let days = segment.record_days;
        self.bytes[segment.first_byte..]
            .chunks_exact(segment.record_bytes)
            .take(segment.record_count)
            .zip(0_u32..)
            .map(move |(record, index)| RawRecord {
                start_jd: start_jd + f64::from(index) * days,
                end_jd: start_jd + f64::from(index + 1) * days,
                coefficients: &record[RECORD_START..],
            })
    }

    /// Returns the first two records of each series of the built-in ephemeris under another name.
    #[cfg(test)]
    pub(super) fn miniature(name: &str) -> Self {
        Self::parse(name, Cow::Owned(tests::miniature())).expect("the miniature is whole")
    }

    fn parse(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self, Error> {
        let mut segments =
            segments(&bytes).map_err(|problem| Error::invalid_kernel(name, problem))?;
        segments.sort_by_key(|segment| segment.target.code());
        for target in Target::ALL {
            let count = segments
                .iter()
                .filter(|segment| segment.target == target)
                .count();
            if count != 1 {
                let problem = format!("it has {count} series of {target:?} and should have one");
                return Err(Error::invalid_kernel(name, problem));
            }
        }
        let coverage = Coverage {
            ephemeris: name.to_owned(),
            start_jd: segments
                .iter()
                .map(|segment| segment.start_jd)
                .fold(f64::MIN, f64::max),
            end_jd: segments
                .iter()
                .map(Segment::end_jd)
                .fold(f64::MAX, f64::min),
        };
        Ok(Self {
            coverage,
            bytes,
            segments,
        })
    }
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel")
            .field("coverage", &self.coverage)
            .finish_non_exhaustive()
    }
}

impl Segment {
    fn end_jd(&self) -> f64 {
        let count = u32::try_from(self.record_count).expect("a count is at most u32::MAX");
        self.start_jd + f64::from(count) * self.record_days
    }
}

/// Returns the segments of all targets; other segments (planet centers, for example) are passed over.
fn segments(bytes: &[u8]) -> Result<Vec<Segment>, Problem> {
    if slice(bytes, 0, 8)? != b"DAF/SPK " {
        return Err("it does not start with `DAF/SPK`".into());
    }
    if slice(bytes, 88, 8)? != b"LTL-IEEE" {
        return Err("its numbers are not little-endian".into());
    }
    if (integer(bytes, 8)?, integer(bytes, 12)?) != (2, 6) {
        return Err("its segment descriptions are not those of an SPK file".into());
    }
    let free_word = address(integer(bytes, 84)?)?;
    slice(bytes, 0, free_word)?;

    let mut found = Vec::new();
    let mut block = integer(bytes, 76)?;
    let mut blocks_left = bytes.len() / BLOCK;
    while block != 0 {
        blocks_left = blocks_left
            .checked_sub(1)
            .ok_or("its list of segments has no end")?;
        let start = usize::try_from(block)
            .ok()
            .and_then(|block| block.checked_sub(1)?.checked_mul(BLOCK))
            .ok_or("its list of segments points outside the file")?;
        let summaries = slice(bytes, start, BLOCK)?;
        let count = whole(double(summaries, 2 * WORD)?)?;
        for index in 0..count {
            let summary = slice(summaries, SUMMARIES_START + index * SUMMARY, SUMMARY)?;
            found.extend(segment(bytes, summary)?);
        }
        block = i32::try_from(whole(double(summaries, 0)?)?)
            .map_err(|_| "its list of segments points outside the file")?;
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

/// What is wrong with a file, as the end of the sentence "it is not a usable ephemeris: …".
type Problem = Cow<'static, str>;

fn slice(bytes: &[u8], start: usize, length: usize) -> Result<&[u8], Problem> {
    start
        .checked_add(length)
        .and_then(|end| bytes.get(start..end))
        .ok_or_else(|| "it is cut short".into())
}

fn integer(bytes: &[u8], start: usize) -> Result<i32, Problem> {
    let word = slice(bytes, start, 4)?
        .try_into()
        .expect("the slice has four bytes");
    Ok(i32::from_le_bytes(word))
}

fn double(bytes: &[u8], start: usize) -> Result<f64, Problem> {
    let word = slice(bytes, start, WORD)?
        .try_into()
        .expect("the slice has eight bytes");
    Ok(f64::from_le_bytes(word))
}

/// Returns the byte at which the word numbered `word` starts; words are numbered from 1.
fn address(word: i32) -> Result<usize, Problem> {
    usize::try_from(word)
        .ok()
        .and_then(|word| word.checked_sub(1)?.checked_mul(WORD))
        .ok_or_else(|| "it points to a word before its start".into())
}

/// Returns a count that the file stores as a double.
fn whole(value: f64) -> Result<usize, Problem> {
    if value.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return Err("a count in it is not a whole number".into());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within u32, as just checked"
    )]
    Ok(value as usize)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the dates of records are exact")]
mod tests {
    use super::*;
    use std::fmt::Write;

    use sha2::{Digest, Sha256};

    fn parse(bytes: Vec<u8>) -> Result<Kernel, Error> {
        Kernel::parse("TEST", Cow::Owned(bytes))
    }

    fn problem(bytes: Vec<u8>) -> String {
        let error = parse(bytes).expect_err("a damaged file");
        assert!(error.is_invalid_kernel());
        error.to_string()
    }

    #[test]
    fn the_built_in_file_is_jpls_unmodified() {
        let mut digest = String::new();
        for byte in Sha256::digest(DE421) {
            write!(digest, "{byte:02x}").unwrap();
        }

        assert_eq!(
            digest,
            "a20a7139da04cbc462454634918e9a9ca69127044e2cc9d4f9c16e238d2deedc"
        );
        assert!(include_str!("../../data/README.md").contains(&digest));
    }

    #[test]
    fn the_built_in_kernel_covers_1899_to_2053_in_twelve_series() {
        let kernel = Kernel::embedded();

        assert_eq!(kernel.segments().len(), 12);
        assert_eq!(kernel.record_count(), 56_320);
        assert_eq!(kernel.longest_record_days(), 32.0);
        assert_eq!(
            *kernel.coverage(),
            Coverage {
                ephemeris: "DE421".into(),
                start_jd: 2_414_864.5,
                end_jd: 2_471_184.5
            }
        );
    }

    #[test]
    fn records_follow_one_another_without_gaps() {
        let kernel = Kernel::embedded();
        for segment in kernel.segments() {
            let records: Vec<_> = kernel.records(segment).collect();

            assert_eq!(records.len(), segment.record_count);
            assert!(
                records
                    .windows(2)
                    .all(|pair| pair[0].end_jd == pair[1].start_jd)
            );
            assert!(
                records
                    .iter()
                    .all(|record| record.coefficients.len() % 24 == 0)
            );
        }
    }

    /// A kernel of the first two records of each series, small enough to damage everywhere.
    pub(super) fn miniature() -> Vec<u8> {
        let mut bytes = DE421[..3 * BLOCK].to_vec();
        let mut summaries = Vec::new();
        for (index, segment) in segments(DE421).unwrap().iter().enumerate() {
            let at = 2 * BLOCK + SUMMARIES_START + index * SUMMARY;
            let mut summary = DE421[at..at + SUMMARY].to_vec();
            let first_word = i32::try_from(bytes.len() / WORD + 1).unwrap();
            let records = &DE421[segment.first_byte..][..2 * segment.record_bytes];
            let end = segment.first_byte + segment.record_count * segment.record_bytes;
            bytes.extend_from_slice(records);
            bytes.extend_from_slice(&DE421[end..end + 3 * WORD]);
            bytes.extend_from_slice(&2.0_f64.to_le_bytes());
            let last_word = i32::try_from(bytes.len() / WORD).unwrap();
            summary[32..36].copy_from_slice(&first_word.to_le_bytes());
            summary[36..40].copy_from_slice(&last_word.to_le_bytes());
            summaries.extend_from_slice(&summary);
        }
        bytes[2 * BLOCK + 2 * WORD..][..WORD].copy_from_slice(&12.0_f64.to_le_bytes());
        bytes[2 * BLOCK + SUMMARIES_START..][..summaries.len()].copy_from_slice(&summaries);
        let free_word = i32::try_from(bytes.len() / WORD + 1).unwrap();
        bytes[84..88].copy_from_slice(&free_word.to_le_bytes());
        bytes
    }

    #[test]
    fn a_file_cut_short_anywhere_is_refused() {
        let whole = miniature();
        for length in 0..whole.len() {
            assert!(
                parse(whole[..length].to_vec()).is_err(),
                "{length} bytes were accepted"
            );
        }
        assert_eq!(parse(whole).unwrap().record_count(), 24);
    }

    #[test]
    fn the_built_in_file_cut_short_is_refused() {
        for length in (0..DE421.len() - BLOCK).step_by(999_983) {
            assert!(
                parse(DE421[..length].to_vec()).is_err(),
                "{length} bytes were accepted"
            );
        }
    }

    #[test]
    fn a_damaged_byte_never_panics() {
        let mut bytes = miniature();
        let mut refused = 0;
        for place in 0..bytes.len() {
            for damage in [0x00, 0x7f, 0x80, 0xff] {
                let before = std::mem::replace(&mut bytes[place], damage);
                refused += usize::from(segments(&bytes).is_err());
                bytes[place] = before;
            }
        }
        assert!(refused > 1_000, "{refused} damaged files were refused");
    }

    #[test]
    fn the_message_says_what_is_wrong() {
        let changed = |place: usize, value: &[u8]| {
            let mut bytes = miniature();
            bytes[place..place + value.len()].copy_from_slice(value);
            problem(bytes)
        };
        let summary = 2 * BLOCK + SUMMARIES_START;
        let record = 3 * BLOCK;

        assert_eq!(
            problem(b"hello".to_vec()),
            "`TEST` is not a usable ephemeris: it is cut short"
        );
        assert!(problem(vec![0; 4096]).ends_with("it does not start with `DAF/SPK`"));
        assert!(changed(88, b"BIG-IEEE").ends_with("its numbers are not little-endian"));
        assert!(
            changed(2 * BLOCK, &3.0_f64.to_le_bytes()).ends_with("its list of segments has no end")
        );
        assert!(changed(2 * BLOCK, &0.5_f64.to_le_bytes()).ends_with("is not a whole number"));
        assert!(
            changed(summary + 28, &[3]).ends_with("its series of Mercury has data type 3, not 2")
        );
        assert!(changed(summary + 24, &[17]).ends_with("is not along the axes of the ICRF"));
        assert!(changed(summary + 16, &[5]).ends_with("0 series of Mercury and should have one"));
        assert!(
            changed(record, &0.0_f64.to_le_bytes()).ends_with("record 0 of Mercury is damaged")
        );
        assert!(
            changed(record + 16, &f64::NAN.to_le_bytes())
                .ends_with("record 0 of Mercury is damaged")
        );
    }

    #[test]
    fn a_file_is_named_after_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("de421.bsp");
        std::fs::write(&path, DE421).unwrap();

        assert_eq!(Kernel::read(&path).unwrap().coverage().ephemeris, "DE421");
        let missing = Kernel::read(&folder.path().join("de999.bsp")).unwrap_err();
        assert!(missing.is_invalid_kernel());
        assert!(missing.to_string().contains("de999.bsp"));
    }
}
