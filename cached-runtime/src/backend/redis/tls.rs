//! TLS to Redis: whom we trust, who we are, and what a failed handshake means.
//!
//! The stream is ours and not that of redis-rs, which parses keys and certificates anew at every
//! attempt to connect, takes no notice of a key that belongs to another certificate until then, and
//! panics unless the program has chosen a provider of cryptography for the whole process.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, io};

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::SockRef;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore, SignatureScheme};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{Error, TlsFault};

/// Whom a cache trusts to be its Redis, and who it says it is.
///
/// A server's certificate is always checked, its name included.
///
/// ```no_run
/// use cached_runtime::{Cache, TlsOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = TlsOptions::default()
///     .ca_pem(&std::fs::read("ca.pem")?)?
///     .client_certificate_pem(&std::fs::read("client.pem")?)?
///     .client_key_pem(&std::fs::read("client-key.pem")?)?;
/// let builder = Cache::builder()
///     .redis("rediss://cache.example:6380")
///     .redis_tls(tls);
/// # drop(builder);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use]
pub struct TlsOptions {
    /// Mozilla's where unset.
    roots: Option<RootCertStore>,
    /// Our certificate and those that lead from it towards the server's authority.
    chain: Vec<CertificateDer<'static>>,
    key: Option<PrivateKeyDer<'static>>,
}

impl TlsOptions {
    /// Trusts the authorities whose certificates are in `pem`, and no others. To trust those of the
    /// system, pass its bundle, such as `/etc/ssl/certs/ca-certificates.crt`.
    ///
    /// # Errors
    /// Returns a setting error when there is no certificate of an authority in `pem`.
    pub fn ca_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        let certificates = certificates("CA certificate", pem)?;
        let mut roots = RootCertStore::empty();
        // A system's bundle may hold one that nobody can use, beside those that matter.
        let (usable, _) = roots.add_parsable_certificates(certificates);
        if usable == 0 {
            return Err(Error::setting(
                "the CA certificate for TLS is not an X.509 certificate",
            ));
        }
        self.roots = Some(roots);
        Ok(self)
    }

    /// Shows the server the first certificate in `pem`, with the others to lead to its authority.
    ///
    /// # Errors
    /// Returns a setting error when there is no certificate in `pem`.
    pub fn client_certificate_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.chain = certificates("client certificate", pem)?;
        self.checked()
    }

    /// Sets the private key of the client certificate: PKCS #8, PKCS #1 or SEC 1.
    ///
    /// # Errors
    /// Returns a setting error when there is no usable key in `pem`, or when it is not that of the
    /// certificate.
    pub fn client_key_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let is_encrypted = pem.windows(9).any(|word| word == b"ENCRYPTED");
            Error::setting(if is_encrypted {
                "the client key for TLS is encrypted; decrypt it with `openssl pkey`"
            } else {
                "the client key for TLS is not a private key in PEM"
            })
        })?;
        ring::default_provider()
            .key_provider
            .load_private_key(key.clone_key())
            .map_err(|_| unusable_key())?;
        self.key = Some(key);
        self.checked()
    }

    /// Checks that certificate and key go together, once there are both.
    fn checked(self) -> Result<Self, Error> {
        if !self.chain.is_empty() && self.key.is_some() {
            self.certified()?;
        }
        Ok(self)
    }

    /// Returns our certificate with its key, if we have one.
    fn certified(&self) -> Result<Option<Arc<CertifiedKey>>, Error> {
        let key = match (&self.key, self.chain.is_empty()) {
            (None, true) => return Ok(None),
            (Some(key), false) => key.clone_key(),
            (None, false) => {
                return Err(Error::setting(
                    "the client certificate for TLS needs its private key",
                ));
            }
            (Some(_), true) => {
                return Err(Error::setting(
                    "the client key for TLS needs its certificate",
                ));
            }
        };
        let provider = ring::default_provider();
        match CertifiedKey::from_der(self.chain.clone(), key, &provider) {
            Ok(certified) => Ok(Some(Arc::new(certified))),
            Err(rustls::Error::InconsistentKeys(_)) => Err(Error::setting(
                "the client key for TLS is not that of the client certificate",
            )),
            Err(rustls::Error::InvalidCertificate(_)) => Err(Error::setting(
                "the client certificate for TLS is not an X.509 certificate",
            )),
            Err(_) => Err(unusable_key()),
        }
    }
}

impl fmt::Debug for TlsOptions {
    /// Tells what there is, and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("has_ca", &self.roots.is_some())
            .field("has_client_certificate", &!self.chain.is_empty())
            .finish_non_exhaustive()
    }
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::setting(format!(
            "the {what} for TLS is not PEM; it begins with -----BEGIN CERTIFICATE-----"
        ))),
    }
}

fn unusable_key() -> Error {
    Error::setting("the client key for TLS cannot be used; it takes RSA, ECDSA or Ed25519")
}

/// Makes protected connections to one server.
pub(super) struct Tls {
    connector: TlsConnector,
    identity: Arc<Identity>,
    host: String,
    port: u16,
    /// The name that the server's certificate must hold.
    name: ServerName<'static>,
}

impl Tls {
    /// # Errors
    /// Returns a setting error for a host that no certificate can name, and for half a client
    /// certificate.
    pub(super) fn new(host: &str, port: u16, options: TlsOptions) -> Result<Self, Error> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Error::setting("the host in the Redis URL is neither a name nor an address")
        })?;
        let identity = Arc::new(Identity {
            certified: options.certified()?,
            is_asked: AtomicBool::new(false),
        });
        let roots = options.roots.unwrap_or_else(|| RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        });
        // The provider is named here, so that it does not matter what others have set for the process.
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has ciphers for every version of TLS")
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::clone(&identity) as Arc<dyn ResolvesClientCert>);
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            identity,
            host: host.to_owned(),
            port,
            name,
        })
    }

    /// Connects, within `deadline`. One attempt at a time.
    ///
    /// In TLS 1.3 the server judges our certificate afterwards: [`fault_after`](Self::fault_after) tells
    /// what the end of the connection then means.
    pub(super) async fn connect(
        &self,
        settings: &TcpSettings,
        deadline: Instant,
    ) -> Result<TlsStream<TcpStream>, Error> {
        self.identity.is_asked.store(false, Ordering::Relaxed);
        let stream = timeout_at(deadline, self.dial())
            .await
            .map_err(|_| Error::disconnected("no connection within the connect timeout"))?
            .and_then(|stream| apply(settings, stream))
            .map_err(|error| unreached(&error))?;
        let handshake = self.connector.connect(self.name.clone(), stream);
        match timeout_at(deadline, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Error::tls(
                self.fault_after(&error).unwrap_or(TlsFault::Refused),
            )),
            Err(_) => Err(Error::tls(TlsFault::Unanswered)),
        }
    }

    /// Returns what `error` means if TLS is behind it: an error of the handshake, or of what was said
    /// first after it.
    pub(super) fn fault_after(&self, error: &(dyn StdError + 'static)) -> Option<TlsFault> {
        let has_certificate = self.identity.certified.is_some();
        if let Some(error) = rustls_error(error) {
            return Some(meaning(error, self.identity.was_asked(), has_certificate));
        }
        // The alert may be lost when the server closes the connection right behind it.
        let is_cut = io_error(error).is_some_and(is_cut);
        (is_cut && self.identity.was_asked()).then_some(if has_certificate {
            TlsFault::CertificateRefused
        } else {
            TlsFault::CertificateRequired
        })
    }

    /// Connects to whichever of the host's addresses answers first.
    async fn dial(&self) -> io::Result<TcpStream> {
        let mut attempts = JoinSet::new();
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            attempts.spawn(TcpStream::connect(address));
        }
        let mut fault = io::Error::from(io::ErrorKind::NotFound);
        while let Some(attempt) = attempts.join_next().await {
            match attempt.expect("an attempt to connect does not panic") {
                Ok(stream) => return Ok(stream),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }
}

/// Returns true when the server at this address speaks TLS, whatever its certificate says.
pub(super) async fn is_spoken(
    host: &str,
    port: u16,
    settings: &TcpSettings,
    deadline: Instant,
) -> bool {
    let Ok(tls) = Tls::new(host, port, TlsOptions::default()) else {
        return false;
    };
    match tls.connect(settings, deadline).await {
        Ok(_) => true,
        Err(fault) => !matches!(
            fault.tls_fault(),
            None | Some(TlsFault::NotSpoken | TlsFault::Unanswered | TlsFault::Refused)
        ),
    }
}

fn apply(settings: &TcpSettings, stream: TcpStream) -> io::Result<TcpStream> {
    let socket = SockRef::from(&stream);
    socket.set_tcp_nodelay(settings.nodelay())?;
    if let Some(keepalive) = settings.keepalive() {
        socket.set_tcp_keepalive(keepalive)?;
    }
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    socket.set_tcp_user_timeout(settings.user_timeout())?;
    Ok(stream)
}

fn unreached(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::disconnected("connection refused"),
        kind => Error::disconnected(format!("connection failed: {kind}")),
    }
}

/// Our certificate, and whether the server wanted to see it.
#[derive(Debug)]
struct Identity {
    certified: Option<Arc<CertifiedKey>>,
    /// Set during each handshake.
    is_asked: AtomicBool,
}

impl Identity {
    fn was_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.is_asked.store(true, Ordering::Relaxed);
        self.certified.clone()
    }

    fn has_certs(&self) -> bool {
        self.certified.is_some()
    }
}

/// Returns what an error of rustls means; `is_asked` when the server wanted to see a certificate.
fn meaning(error: &rustls::Error, is_asked: bool, has_certificate: bool) -> TlsFault {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsFault::Untrusted,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFault::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFault::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFault::WrongName
            }
            _ => TlsFault::BadCertificate,
        },
        rustls::Error::AlertReceived(alert) if is_asked && is_about_certificate(*alert) => {
            if has_certificate {
                TlsFault::CertificateRefused
            } else {
                TlsFault::CertificateRequired
            }
        }
        rustls::Error::InvalidMessage(_) => TlsFault::NotSpoken,
        _ => TlsFault::Refused,
    }
}

/// Returns true for what a server says that does not like our certificate or its absence.
fn is_about_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::AccessDenied
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::UnsupportedCertificate
            // What OpenSSL says in TLS 1.2 to whoever has none.
            | AlertDescription::HandshakeFailure
    )
}

fn rustls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    io_error(error)?.get_ref()?.downcast_ref()
}

/// Returns the error of the stream in an error of redis-rs, or the error itself.
fn io_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a io::Error> {
    if let Some(error) = error.downcast_ref() {
        return Some(error);
    }
    let source = error.source()?;
    match source.downcast_ref::<Arc<dyn StdError + Send + Sync>>() {
        Some(shared) => shared.downcast_ref(),
        None => source.downcast_ref(),
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof
    )
}

#[cfg(test)]
mod tests {
    use redis::RedisError;

    use super::*;

    #[test]
    fn a_connection_that_is_cut_after_the_server_asked_for_a_certificate_is_about_that() {
        let tls = Tls::new("cache.example", 6380, TlsOptions::default()).unwrap();
        let cut = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));

        assert_eq!(tls.fault_after(&cut), None);
        tls.identity.resolve(&[], &[]);

        assert_eq!(tls.fault_after(&cut), Some(TlsFault::CertificateRequired));
        let slow = RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
        assert_eq!(tls.fault_after(&slow), None);
    }

    #[test]
    fn what_rustls_says_is_found_within_an_error_of_redis_rs() {
        let tls = Tls::new("cache.example", 6380, TlsOptions::default()).unwrap();
        let error = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let error = io::Error::new(io::ErrorKind::InvalidData, error);

        let fault = tls.fault_after(&RedisError::from(error));

        assert_eq!(fault, Some(TlsFault::Expired));
    }
}
