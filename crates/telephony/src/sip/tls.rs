//! Certificates for SIP over TLS, ours and theirs.

use std::{fs, path::Path, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor, TlsConnector, client, rustls,
    rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs},
    server,
};

use super::{SipConfig, SipError, ua::Hop};

/// Where Debian and its kin keep the authorities that the machine believes.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How connections are encrypted.
#[derive(Clone)]
pub struct Tls {
    acceptor: Option<TlsAcceptor>,
    connector: Option<TlsConnector>,
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> SipError {
    SipError::Certificate { path: path.to_owned(), why: why.to_string() }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, SipError> {
    let pem = fs::read(path).map_err(|error| unusable(path, error))?;
    CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(path, error))
}

impl Tls {
    /// Reads what the configuration names.
    pub fn new(config: &SipConfig) -> Result<Self, SipError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let acceptor = match &config.tls_files {
            Some(files) => {
                let key = PrivateKeyDer::from_pem_file(&files.key)
                    .map_err(|error| unusable(&files.key, error))?;
                let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
                    .with_safe_default_protocol_versions()
                    .map_err(|error| unusable(&files.chain, error))?
                    .with_no_client_auth()
                    .with_single_cert(chain(&files.chain)?, key)
                    .map_err(|error| unusable(&files.chain, error))?;
                Some(TlsAcceptor::from(Arc::new(server)))
            }
            None => None,
        };
        let mut roots = RootCertStore::empty();
        // Without the machine's own list, only what the configuration names is believed.
        if let Ok(known) = chain(Path::new(AUTHORITIES)) {
            roots.add_parsable_certificates(known);
        }
        if let Some(path) = &config.tls_authorities {
            for authority in chain(path)? {
                roots.add(authority).map_err(|error| unusable(path, error))?;
            }
        }
        let connector = if roots.is_empty() {
            None
        } else {
            let client = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable(Path::new(AUTHORITIES), error))?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Some(TlsConnector::from(Arc::new(client)))
        };
        Ok(Self { acceptor, connector })
    }

    /// Whether connections can be taken.
    pub fn accepts(&self) -> bool {
        self.acceptor.is_some()
    }

    /// Takes a connection.
    pub async fn accept(&self, stream: TcpStream) -> std::io::Result<server::TlsStream<TcpStream>> {
        match &self.acceptor {
            Some(acceptor) => acceptor.accept(stream).await,
            None => Err(std::io::Error::other("no certificate of ours")),
        }
    }

    /// Encrypts a connection of ours; the certificate must show the name of the hop, or its address.
    pub async fn connect(
        &self,
        stream: TcpStream,
        hop: &Hop,
    ) -> std::io::Result<client::TlsStream<TcpStream>> {
        let Some(connector) = &self.connector else {
            return Err(std::io::Error::other("no authority is believed; name one"));
        };
        let name = match &hop.name {
            Some(name) => ServerName::try_from(name.to_string())
                .map_err(|error| std::io::Error::other(error.to_string()))?,
            None => ServerName::IpAddress(hop.to.ip().to_canonical().into()),
        };
        connector.connect(name, stream).await
    }
}

impl From<rustls::Error> for SipError {
    fn from(error: rustls::Error) -> Self {
        unusable(Path::new(AUTHORITIES), error)
    }
}
