//! The container of JPL's files: a DAF, an array of 8-byte words in blocks of 1024 bytes.
//!
//! The first block says where the list of summaries starts; each summary describes one array. A
//! file may be cut short or damaged, so every address is checked before it is followed. Format:
//! NAIF, *DAF Required Reading*. [`spk`](super::spk) gives the arrays their meaning.

use std::borrow::Cow;

pub(super) const WORD: usize = 8;
pub(super) const BLOCK: usize = 1024;
/// Where the summaries of a block start, after its links and their number.
pub(super) const SUMMARIES_START: usize = 3 * WORD;
/// Two doubles and six integers, as in every SPK file.
pub(super) const SUMMARY: usize = 5 * WORD;

/// Where the first block keeps its fields.
mod header {
    pub(super) const IDENTITY: usize = 0;
    pub(super) const DOUBLES_PER_SUMMARY: usize = 8;
    pub(super) const INTEGERS_PER_SUMMARY: usize = 12;
    pub(super) const FIRST_LIST_BLOCK: usize = 76;
    pub(super) const FIRST_FREE_WORD: usize = 84;
    pub(super) const BYTE_ORDER: usize = 88;
}

/// What is wrong with a file, as the end of the sentence "it is not a usable ephemeris: …".
pub(super) type Problem = Cow<'static, str>;

/// Returns the summaries of an SPK file's arrays.
pub(super) fn summaries(bytes: &[u8]) -> Result<Vec<&[u8]>, Problem> {
    if slice(bytes, header::IDENTITY, 8)? != b"DAF/SPK " {
        return Err("it does not start with `DAF/SPK`".into());
    }
    if slice(bytes, header::BYTE_ORDER, 8)? != b"LTL-IEEE" {
        return Err("its numbers are not little-endian".into());
    }
    let doubles = integer(bytes, header::DOUBLES_PER_SUMMARY)?;
    let integers = integer(bytes, header::INTEGERS_PER_SUMMARY)?;
    if (doubles, integers) != (2, 6) {
        return Err("its segment descriptions are not those of an SPK file".into());
    }
    let used = address(integer(bytes, header::FIRST_FREE_WORD)?)?;
    slice(bytes, 0, used)?;

    let mut found = Vec::new();
    let mut block = integer(bytes, header::FIRST_LIST_BLOCK)?;
    let mut blocks_left = bytes.len() / BLOCK;
    while block != 0 {
        blocks_left = blocks_left
            .checked_sub(1)
            .ok_or("its list of segments has no end")?;
        let start = usize::try_from(block)
            .ok()
            .and_then(|block| block.checked_sub(1)?.checked_mul(BLOCK))
            .ok_or("its list of segments points outside the file")?;
        let list = slice(bytes, start, BLOCK)?;
        for index in 0..whole(double(list, 2 * WORD)?)? {
            found.push(slice(list, SUMMARIES_START + index * SUMMARY, SUMMARY)?);
        }
        block = i32::try_from(whole(double(list, 0)?)?)
            .map_err(|_| "its list of segments points outside the file")?;
    }
    Ok(found)
}

pub(super) fn slice(bytes: &[u8], start: usize, length: usize) -> Result<&[u8], Problem> {
    start
        .checked_add(length)
        .and_then(|end| bytes.get(start..end))
        .ok_or_else(|| "it is cut short".into())
}

pub(super) fn integer(bytes: &[u8], start: usize) -> Result<i32, Problem> {
    let word = slice(bytes, start, 4)?
        .try_into()
        .expect("the slice has four bytes");
    Ok(i32::from_le_bytes(word))
}

pub(super) fn double(bytes: &[u8], start: usize) -> Result<f64, Problem> {
    let word = slice(bytes, start, WORD)?
        .try_into()
        .expect("the slice has eight bytes");
    Ok(f64::from_le_bytes(word))
}

/// Returns the byte at which the word numbered `word` starts; words are numbered from 1.
pub(super) fn address(word: i32) -> Result<usize, Problem> {
    usize::try_from(word)
        .ok()
        .and_then(|word| word.checked_sub(1)?.checked_mul(WORD))
        .ok_or_else(|| "it points to a word before its start".into())
}

/// Returns a count that the file stores as a double.
pub(super) fn whole(value: f64) -> Result<usize, Problem> {
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
