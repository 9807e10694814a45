//! Certificates of an authority that exists for one test, made by openssl.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, str};

use tempfile::TempDir;

use crate::server::blocking;

/// `openssl ca` alone can set both ends of a certificate's life, and it wants all this.
const CONFIG: &str = "\
[ca]
default_ca = test
[test]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
";

/// When a certificate is valid.
#[derive(Clone, Copy, Debug)]
pub enum Validity {
    /// For as long as these tests will be run.
    Now,
    /// In January of 2020.
    Past,
    /// From 2090.
    Future,
}

/// Signs certificates; its folder goes when it is dropped.
#[derive(Debug)]
pub struct Authority {
    directory: TempDir,
    issued: AtomicU32,
}

/// Files of a certificate and its key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority that nobody knows.
    ///
    /// # Panics
    ///
    /// Panics when openssl is not installed or fails.
    pub async fn new() -> Self {
        let authority = Self {
            directory: tempfile::tempdir().expect("the temporary directory is writable"),
            issued: AtomicU32::new(0),
        };
        let directory = authority.directory.path().to_owned();
        blocking(move || {
            fs::write(directory.join("config"), CONFIG).expect("the folder is writable");
            fs::write(directory.join("index"), "").expect("the folder is writable");
            let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
                -keyout ca.key -out ca.pem -days 36500 -subj /CN=authority";
            openssl(&directory, arguments);
        })
        .await;
        authority
    }

    /// Returns the file of the authority's own certificate.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Returns the authority's own certificate as PEM.
    ///
    /// # Panics
    ///
    /// Panics when the file is gone.
    #[must_use]
    pub fn pem(&self) -> Vec<u8> {
        fs::read(self.path()).expect("the authority keeps its certificate")
    }

    /// Signs a certificate for `names`, as in `IP:127.0.0.1,DNS:localhost`.
    ///
    /// # Panics
    ///
    /// Panics when openssl fails.
    pub async fn issue(&self, names: &str, validity: Validity) -> Certificate {
        let stem = self.issued.fetch_add(1, Ordering::Relaxed).to_string();
        let (from, to) = match validity {
            Validity::Now => ("20200101000000Z", "20900101000000Z"),
            Validity::Past => ("20200101000000Z", "20200201000000Z"),
            Validity::Future => ("20900101000000Z", "20910101000000Z"),
        };
        let extensions = format!("subjectAltName = {names}");
        let directory = self.directory.path().to_owned();
        blocking(move || {
            let file = |ending: &str| directory.join(format!("{stem}.{ending}"));
            fs::write(file("ext"), extensions).expect("the folder is writable");
            openssl(
                &directory,
                &format!(
                    "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
                     -keyout {stem}.key -out {stem}.csr -subj /CN=test"
                ),
            );
            openssl(
                &directory,
                &format!(
                    "ca -batch -notext -config config -cert ca.pem -keyfile ca.key -in {stem}.csr \
                     -out {stem}.pem -extfile {stem}.ext -startdate {from} -enddate {to}"
                ),
            );
            Certificate {
                certificate: file("pem"),
                key: file("key"),
            }
        })
        .await
    }
}

fn openssl(directory: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .output()
        .expect(
            "no openssl found; run `make test`, which installs it, or `apt-get install openssl`",
        );
    let complaint = str::from_utf8(&output.stderr).unwrap_or_default();
    assert!(output.status.success(), "openssl {arguments}:\n{complaint}");
}
