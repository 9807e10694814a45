//! Encodings that must not grow beyond a limit.

use std::io;

use bincode::enc::write::Writer;
use bincode::error::EncodeError;

use crate::error::Error;

/// A writer to the end of a buffer that refuses to write more than it has room for.
pub(super) struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    limit: usize,
    /// How long the buffer may become: not at all, once something was refused.
    most: usize,
    is_full: bool,
}

/// There is no room for what is to be written.
struct Full;

impl<'a> Bounded<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, limit: usize) -> Self {
        let most = out.len().saturating_add(limit);
        Self {
            out,
            limit,
            most,
            is_full: false,
        }
    }

    /// Returns why encoding failed: for want of room, or else as `message` says.
    pub(super) fn fault(&self, message: &'static str) -> Error {
        if self.is_full {
            Error::too_large(self.limit)
        } else {
            Error::unencodable(message)
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.most.saturating_sub(self.out.len()) {
            (self.most, self.is_full) = (0, true);
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
