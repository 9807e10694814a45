//! Encodings that must not grow beyond a limit.

use std::io;

use bincode::enc::write::Writer;
use bincode::error::EncodeError;

use crate::error::Error;

/// A writer to the end of a buffer that refuses to write more than it has room for.
pub(super) struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    limit: usize,
    /// How many more bytes may be written; nothing once some were refused.
    room: Option<usize>,
}

/// There is no room for what is to be written.
struct Full;

impl<'a> Bounded<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, limit: usize) -> Self {
        let room = Some(limit);
        Self { out, limit, room }
    }

    /// Returns why encoding failed: for want of room, or else as `message` says.
    pub(super) fn fault(&self, message: &'static str) -> Error {
        match self.room {
            None => Error::too_large(self.limit),
            Some(_) => Error::unencodable(message),
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.room = self.room.and_then(|room| room.checked_sub(bytes.len()));
        if self.room.is_none() {
            return Err(Full);
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

impl Writer for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.push(bytes).map_err(|Full| EncodeError::UnexpectedEnd)
    }
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.push(bytes).map(|()| bytes.len());
        written.map_err(|Full| io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "postcard")]
impl postcard::ser_flavors::Flavor for &mut Bounded<'_> {
    type Output = ();

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        let pushed = self.push(bytes);
        pushed.map_err(|Full| postcard::Error::SerializeBufferFull)
    }

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
