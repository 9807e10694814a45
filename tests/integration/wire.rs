//! Redis over TLS: the right server is used, any other is bypassed with a word for what is wrong.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use cached_runtime::{Builder, Bypass, Cache, Outcome, TlsFault, TlsOptions, redis_cached};
use cached_tests::app::{SECRET, TestApp, birth};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::certificates::{Authority, Certificate, Validity};
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::yield_now;

/// How long an attempt to connect takes at most.
const CONNECT: Duration = Duration::from_secs(1);

/// The address of every server here.
const ADDRESS: &str = "IP:127.0.0.1";

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn double(number: u64, cache: &Cache) -> u64 {
    number * 2
}

/// Makes a call, which must succeed, and returns its outcome.
async fn call(cache: &Cache) -> Outcome {
    let (value, outcome) = outcome(double(21, cache)).await;
    assert_eq!(value, 42);
    outcome
}

/// Returns why a call bypasses the cache that `builder` makes, and that it is soon there.
async fn bypass(builder: Builder) -> Bypass {
    let began = Instant::now();
    let cache = builder
        .connect_timeout(CONNECT)
        .build()
        .await
        .expect("the settings are sound");
    let outcome = call(&cache).await;
    let elapsed = began.elapsed();
    assert!(elapsed < 3 * CONNECT, "{elapsed:?}");
    match outcome {
        Outcome::Bypass { reason, .. } => reason,
        outcome => panic!("expected a bypass, got {outcome:?}"),
    }
}

async fn fault(builder: Builder) -> TlsFault {
    match bypass(builder).await {
        Bypass::Tls(fault) => fault,
        reason => panic!("expected a fault of TLS, got {reason:?}"),
    }
}

/// A Redis that speaks TLS on a port of its own, beside the one for the test itself.
struct Server {
    plain: RedisServer,
    port: u16,
}

impl Server {
    /// Starts one that shows `certificate` and asks for none.
    async fn start(authority: &Authority, certificate: &Certificate) -> Self {
        Self::start_with(authority, certificate, &["--tls-auth-clients", "no"]).await
    }

    async fn start_with(authority: &Authority, own: &Certificate, more: &[&str]) -> Self {
        let port = ports::free();
        let number = port.to_string();
        let ca = authority.path();
        let mut arguments = vec![
            "--tls-port",
            &number,
            "--tls-cert-file",
            text(&own.certificate),
            "--tls-key-file",
            text(&own.key),
            "--tls-ca-cert-file",
            text(&ca),
        ];
        arguments.extend(more);
        let plain = RedisServer::start_with(&arguments).await;
        Self { plain, port }
    }

    fn builder(&self, tls: TlsOptions) -> Builder {
        builder(&format!("rediss://127.0.0.1:{}", self.port)).redis_tls(tls)
    }
}

fn text(path: &Path) -> &str {
    path.to_str()
        .expect("the temporary directory's name is text")
}

fn builder(url: &str) -> Builder {
    Cache::builder()
        .namespace("test")
        .redis(url)
        .key_secret(cache::secret())
}

fn trusting(authority: &Authority) -> TlsOptions {
    let options = TlsOptions::default().ca_pem(&authority.pem());
    options.expect("openssl makes good certificates")
}

fn showing(options: TlsOptions, certificate: &Certificate) -> TlsOptions {
    let [certificate, key] =
        [&certificate.certificate, &certificate.key].map(|path| fs::read(path).unwrap());
    let options = options.client_certificate_pem(&certificate).unwrap();
    options.client_key_pem(&key).unwrap()
}

#[tokio::test]
async fn values_are_stored_and_found_over_tls() {
    let authority = Authority::new().await;
    let certificate = authority.issue("DNS:localhost", Validity::Now).await;
    let server = Server::start(&authority, &certificate).await;
    // A name that leads to two addresses, of which one answers.
    let url = format!("rediss://localhost:{}", server.port);
    let cache = builder(&url)
        .redis_tls(trusting(&authority))
        .build()
        .await
        .unwrap();

    assert!(matches!(call(&cache).await, Outcome::Miss { stored, .. } if stored.is_stored()));
    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));

    assert_eq!(server.plain.keys().await.len(), 1);
}

#[tokio::test]
async fn a_protected_connection_that_is_lost_comes_back() {
    let authority = Authority::new().await;
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    let server = Server::start(&authority, &certificate).await;
    let cache = server.builder(trusting(&authority)).build().await.unwrap();
    call(&cache).await;

    server.plain.kill();
    eventually(|| !cache.is_connected()).await;
    server.plain.restart().await;
    eventually(|| cache.is_connected()).await;

    call(&cache).await;
    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));
}

/// Returns more than the buffers of a connection hold, to a server that reads no more.
#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, server))]
async fn large(length: usize, cache: &Cache, server: &RedisServer) -> String {
    server.freeze();
    "x".repeat(length)
}

#[tokio::test]
async fn a_protected_connection_to_a_frozen_server_goes_at_once_with_its_cache() {
    let authority = Authority::new().await;
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    let server = Server::start(&authority, &certificate).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let tasks_before = tasks();
    let builder = server.builder(trusting(&authority));
    let cache = builder.max_value_bytes(16 << 20).build().await.unwrap();
    let (_, outcome) = outcome(large(15 << 20, &cache, &server.plain)).await;
    assert!(matches!(outcome, Outcome::Miss { stored, .. } if !stored.is_stored()));

    drop(cache);

    // At once, and not when the system gives the connection up.
    for _ in 0..100 {
        yield_now().await;
    }
    assert_eq!(tasks(), tasks_before);
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_not_trusted() {
    let (authority, other) = (Authority::new().await, Authority::new().await);
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    let server = Server::start(&authority, &certificate).await;

    for options in [trusting(&other), TlsOptions::default()] {
        let fault = fault(server.builder(options)).await;
        assert_eq!(fault, TlsFault::Untrusted);
    }
    assert_eq!(server.plain.keys().await.len(), 0);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named_for_what_is_wrong() {
    let authority = Authority::new().await;
    for (names, validity, expected) in [
        (ADDRESS, Validity::Past, TlsFault::Expired),
        (ADDRESS, Validity::Future, TlsFault::NotYetValid),
        ("DNS:elsewhere", Validity::Now, TlsFault::WrongName),
        ("IP:127.0.0.2", Validity::Now, TlsFault::WrongName),
    ] {
        let certificate = authority.issue(names, validity).await;
        let server = Server::start(&authority, &certificate).await;

        let fault = fault(server.builder(trusting(&authority))).await;

        assert_eq!(fault, expected, "{names} {validity:?}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_its_own_authority_is_no_servers() {
    let authority = Authority::new().await;
    let own = Certificate {
        certificate: authority.path(),
        key: authority.path().with_extension("key"),
    };
    let server = Server::start(&authority, &own).await;

    let fault = fault(server.builder(trusting(&authority))).await;

    assert_eq!(fault, TlsFault::BadCertificate);
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_is_shown_one() {
    let (authority, other) = (Authority::new().await, Authority::new().await);
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    for version in ["TLSv1.2", "TLSv1.3"] {
        let demanding = ["--tls-auth-clients", "yes", "--tls-protocols", version];
        let server = Server::start_with(&authority, &certificate, &demanding).await;
        let ours = authority.issue("DNS:client", Validity::Now).await;
        let old = authority.issue("DNS:client", Validity::Past).await;
        let foreign = other.issue("DNS:client", Validity::Now).await;
        let trusting = || trusting(&authority);

        let cache = server.builder(showing(trusting(), &ours)).build();
        assert!(cache.await.unwrap().is_connected(), "{version}");

        let missing = fault(server.builder(trusting())).await;
        assert_eq!(missing, TlsFault::CertificateRequired, "{version}");
        for refused in [&old, &foreign] {
            let refused = fault(server.builder(showing(trusting(), refused))).await;
            assert_eq!(refused, TlsFault::CertificateRefused, "{version}");
        }
    }
}

#[tokio::test]
async fn a_url_without_tls_is_told_that_the_port_speaks_it() {
    let authority = Authority::new().await;
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    for clients in ["no", "yes"] {
        let more = ["--tls-auth-clients", clients];
        let server = Server::start_with(&authority, &certificate, &more).await;

        let url = format!("redis://ada:hunter2@127.0.0.1:{}", server.port);
        let fault = fault(builder(&url)).await;

        assert_eq!(fault, TlsFault::Expected);
    }
}

#[tokio::test]
async fn a_port_that_closes_connections_without_tls_is_merely_disconnected() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let closing = tokio::spawn(async move { while listener.accept().await.is_ok() {} });

    let reason = bypass(builder(&format!("redis://{address}"))).await;

    closing.abort();
    assert_eq!(reason, Bypass::Disconnected);
}

#[tokio::test]
async fn a_port_without_tls_is_told_from_one_that_speaks_it() {
    let server = RedisServer::start().await;
    let url = format!("rediss://127.0.0.1:{}", server.port());

    // Redis waits for the end of a line that never comes.
    assert_eq!(fault(builder(&url)).await, TlsFault::Unanswered);

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    let talking = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert_eq!(fault(builder(&url)).await, TlsFault::NotSpoken);
    talking.abort();
}

#[tokio::test]
async fn nobody_at_the_address_is_no_fault_of_tls() {
    let url = format!("rediss://127.0.0.1:{}", ports::free());

    assert_eq!(bypass(builder(&url)).await, Bypass::Disconnected);
}

#[tokio::test]
async fn a_user_of_redis_logs_in_over_tls_with_the_right_password_alone() {
    let authority = Authority::new().await;
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    let more = "--tls-auth-clients no --user ada on >hunter2 ~test:* +@all";
    let more: Vec<&str> = more.split_whitespace().collect();
    let server = Server::start_with(&authority, &certificate, &more).await;
    let builder = |user: &str| {
        builder(&format!("rediss://{user}@127.0.0.1:{}", server.port))
            .redis_tls(trusting(&authority))
    };

    let cache = builder("ada:hunter2").build().await.unwrap();
    assert!(matches!(call(&cache).await, Outcome::Miss { stored, .. } if stored.is_stored()));
    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));

    for user in ["ada:hunter3", "eve:hunter2"] {
        let reason = bypass(builder(user)).await;
        assert_eq!(reason, Bypass::Server("WRONGPASS"), "{user}");
    }
}

#[tokio::test]
async fn settings_that_do_not_go_together_are_refused_without_a_secret() {
    let authority = Authority::new().await;
    let options = || trusting(&authority);
    for (url, tls, expected) in [
        ("redis://:hunter2@localhost", Some(options()), "rediss://"),
        ("redis+unix:///hunter2", Some(options()), "rediss://"),
        (
            "rediss://:hunter2@localhost/#insecure",
            None,
            "always checked",
        ),
        ("rediss://:hunter2@", None, "malformed"),
        ("rediss://:hunter2@a..b", None, "neither a name"),
    ] {
        let mut builder = builder(url);
        if let Some(tls) = tls {
            builder = builder.redis_tls(tls);
        }

        let error = builder.build().await.expect_err(url);

        assert!(error.is_setting(), "{url}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn certificates_and_keys_of_no_use_are_refused_at_once() {
    let authority = Authority::new().await;
    let [first, second] = [
        authority.issue(ADDRESS, Validity::Now).await,
        authority.issue(ADDRESS, Validity::Now).await,
    ];
    let certificate = fs::read(&first.certificate).unwrap();
    let keys = [&first.key, &second.key].map(|path| fs::read(path).unwrap());
    let empty = b"-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n";
    let broken = b"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
    let locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\naHVudGVyMg==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let options = TlsOptions::default;

    for (refused, expected) in [
        (
            options().ca_pem(b"hunter2"),
            "CA certificate for TLS is not PEM",
        ),
        (
            options().ca_pem(&keys[0]),
            "CA certificate for TLS is not PEM",
        ),
        (
            options().ca_pem(empty),
            "CA certificate for TLS is not an X.509",
        ),
        (
            options().client_certificate_pem(b""),
            "client certificate for TLS is not PEM",
        ),
        (
            options().client_key_pem(&certificate),
            "client key for TLS is not a private key",
        ),
        (
            options().client_key_pem(broken),
            "client key for TLS cannot be used",
        ),
        (
            options().client_key_pem(locked),
            "client key for TLS is encrypted",
        ),
        (
            options()
                .client_certificate_pem(&certificate)
                .and_then(|options| options.client_key_pem(&keys[1])),
            "not that of the client certificate",
        ),
    ] {
        let error = refused.expect_err(expected);
        assert!(error.is_setting());
        assert!(error.to_string().contains(expected), "{error}");
    }

    for half in [
        options().client_certificate_pem(&certificate),
        options().client_key_pem(&keys[0]),
    ] {
        let builder = builder("rediss://localhost").redis_tls(half.unwrap());
        let error = builder.build().await.expect_err("half is missing");
        assert!(error.to_string().contains("needs its"), "{error}");
    }
}

#[tokio::test]
async fn the_service_takes_its_password_and_its_certificates_from_files() {
    let (authority, other) = (Authority::new().await, Authority::new().await);
    let certificate = authority.issue(ADDRESS, Validity::Now).await;
    // Each of these has a meaning in URLs.
    let password = "p@ss:w%20rd/#?+é";
    let login = format!(">{password}");
    let more = [
        "--tls-auth-clients",
        "yes",
        "--user",
        "ada",
        "on",
        &login,
        "~*",
        "+@all",
    ];
    let server = Server::start_with(&authority, &certificate, &more).await;
    let client = authority.issue("DNS:client", Validity::Now).await;
    let password_file = tempfile::NamedTempFile::new().unwrap();
    fs::write(password_file.path(), format!("{password}\n")).unwrap();
    let url = format!("rediss://ada@127.0.0.1:{}", server.port);
    let start = async |ca: &Authority| {
        TestApp::start(&[
            ("REDIS_URL", &url),
            ("REDIS_PASSWORD_FILE", text(password_file.path())),
            ("REDIS_TLS_CA", text(&ca.path())),
            ("REDIS_TLS_CERT", text(&client.certificate)),
            ("REDIS_TLS_KEY", text(&client.key)),
            ("CACHE_KEY_SECRET", SECRET),
        ])
        .await
    };

    let app = start(&authority).await;
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("MISS"));
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));

    let answer = start(&other).await.post_chart(&birth()).await;
    assert_eq!((answer.status(), answer.cache()), (200, Some("BYPASS")));
    let status = answer.header("cache-status").unwrap();
    assert!(
        status.ends_with("; fwd=bypass; detail=tls-untrusted"),
        "{status}"
    );
}
