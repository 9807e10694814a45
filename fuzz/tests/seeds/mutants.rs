//! Inputs that are nearly seeds.

use fastrand::Rng;

/// What codecs and parsers read as something that it is worth to try: lengths and numbers at the ends of
/// their ranges, markers, and what opens and closes.
const PIECES: [&[u8]; 18] = [
    &[0],
    &[1],
    &[0x7f],
    &[0x80],
    &[0xff],
    &[0xff; 8],
    // 2^63 and 2^32 as bincode, postcard and MessagePack write them.
    &[253, 0, 0, 0, 0, 0, 0, 0, 128],
    &[128, 128, 128, 128, 128, 128, 128, 128, 128, 1],
    &[252, 255, 255, 255, 255],
    &[0xdd, 255, 255, 255, 255],
    &[0xdf, 255, 255, 255, 255],
    &[0xdb, 255, 255, 255, 255],
    b"[",
    b"{\"a\":",
    b"(",
    b"}",
    b"\"",
    b", ",
];

/// An endless stream of them, which is the same in every run.
pub(crate) struct Mutants<'a> {
    seeds: Vec<&'a [u8]>,
    random: Rng,
}

impl<'a> Mutants<'a> {
    /// Returns the mutants of these seeds.
    pub(crate) fn of(seeds: &'a [(String, Vec<u8>)]) -> Self {
        Self {
            seeds: seeds.iter().map(|(_, bytes)| &bytes[..]).collect(),
            random: Rng::with_seed(7),
        }
    }

    /// Changes the bytes in one place.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.usize(..=bytes.len());
        let end = at + random.usize(..=(bytes.len() - at).min(32));
        let piece = PIECES[random.usize(..PIECES.len())];
        match random.u8(..9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.extend_from_within(at..end),
            3 => drop(bytes.splice(at..at, piece.iter().copied())),
            4 => drop(bytes.splice(at..end, piece.iter().copied())),
            5 => {
                let pieces = piece.repeat(random.usize(..300));
                drop(bytes.splice(at..at, pieces));
            }
            6 => {
                let other = self.seeds[random.usize(..self.seeds.len())];
                let tail = random.usize(..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[tail..]);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.u8(..8);
                }
            }
        }
    }
}

impl Iterator for Mutants<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.seeds[self.random.usize(..self.seeds.len())].to_vec();
        for _ in 0..self.random.usize(1..=4) {
            self.mutate(&mut bytes);
        }
        Some(bytes)
    }
}
