//! An ephemeris file: JPL's records of every body a chart needs, checked.
//!
//! One is built into the service. [`import`](super::Ephemeris::import) copies the records of this or
//! of another one into the database.

use std::borrow::Cow;
use std::path::Path;

use super::error::Error;
use super::records::{Coverage, Target};
use super::spk::{self, RawRecord, Segment};

/// The ephemeris that ships with the service; origin and terms are in `data/README.md`.
const DE421: &[u8] = include_bytes!("../../data/de421.bsp");

/// A checked ephemeris file: every record of every [`Target`] is there and can be read.
pub struct Kernel {
    coverage: Coverage,
    bytes: Cow<'static, [u8]>,
    segments: Vec<Segment>,
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
    pub(super) fn records(&self, segment: Segment) -> impl Iterator<Item = RawRecord<'_>> {
        segment.records(&self.bytes)
    }

    /// Returns the first two records of each series of the built-in ephemeris under another name.
    #[cfg(test)]
    pub(super) fn miniature(name: &str) -> Self {
        Self::parse(name, Cow::Owned(tests::miniature())).expect("the miniature is whole")
    }

    fn parse(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self, Error> {
        let mut segments =
            spk::segments(&bytes).map_err(|problem| Error::invalid_kernel(name, problem))?;
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
        if coverage.start_jd >= coverage.end_jd {
            return Err(Error::invalid_kernel(
                name,
                "its series share no span of time",
            ));
        }
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

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the dates of records are exact")]
mod tests {
    use super::*;
    use crate::ephemeris::daf::{BLOCK, SUMMARIES_START, SUMMARY, WORD};
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
            let records: Vec<_> = kernel.records(*segment).collect();

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
        for (index, segment) in spk::segments(DE421).unwrap().iter().enumerate() {
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
                refused += usize::from(spk::segments(&bytes).is_err());
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
    fn series_that_never_overlap_are_refused() {
        let mut bytes = miniature();
        let mercury = spk::segments(&bytes).unwrap()[0];
        let end = mercury.first_byte + 2 * mercury.record_bytes;
        for place in [
            mercury.first_byte,
            mercury.first_byte + mercury.record_bytes,
            end,
        ] {
            let word = &mut bytes[place..place + WORD];
            let seconds = f64::from_le_bytes(word.try_into().unwrap());
            word.copy_from_slice(&(seconds + 1e9).to_le_bytes());
        }

        assert!(problem(bytes).ends_with("its series share no span of time"));
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
