//! Services that are reached over TLS. The tests check whom the program trusts, how it proves its own identity, and the
//! protocol versions it uses.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use portvakt_core::store::{ReadStore as _, StoreError};
use portvakt_stores::scim::{Scim, ScimSettings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::loopback::{Fault, Loopback};
use super::world::{World, held, pass};

/// An authority that nobody knows of.
struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
    roots: RootCertStore,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), own.pem()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own.der().clone()).unwrap();
        Self { folder, issuer: Issuer::new(params, key), roots }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn certificate(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A service of this name, which lets in whom `clients` vouches for, or everybody.
    fn service(&self, name: &str, clients: Option<&Self>, spoken: &[&str]) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let roots = Arc::new(authority.roots.clone());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let (certificate, key) = self.certificate(name);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = spoken.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// A client's certificate with its key, in one file.
    fn client(&self, name: &str) -> PathBuf {
        let (certificate, key) = self.certificate(name);
        let path = self.folder.path().join("client.pem");
        portvakt_test_bench::secret(&path, &format!("{}{}", certificate.pem(), key.serialize_pem()));
        path
    }
}

fn settings(service: &Loopback, authority: Option<&Authority>) -> ScimSettings {
    let mut settings = ScimSettings::new(service.place().parse().unwrap());
    settings.authorities = authority.map(Authority::file);
    settings
}

fn listed(settings: &ScimSettings) -> Result<usize, StoreError> {
    Scim::new(settings).unwrap().list().map(|listing| listing.accounts.len())
}

#[test]
fn a_service_is_believed_when_an_authority_that_was_named_vouches_for_it() {
    let (own, other) = (Authority::new(), Authority::new());
    let service = Loopback::start_with(&[], Some(own.service("127.0.0.1", None, &["h2", "http/1.1"])));
    assert_eq!(listed(&settings(&service, Some(&own))).unwrap(), 0);
    for stranger in [None, Some(&other)] {
        let told = listed(&settings(&service, stranger)).unwrap_err();
        let words = told.to_string().to_lowercase();
        assert!(matches!(told, StoreError::Unreachable { .. }) && words.contains("certificate"), "{told:?}");
    }
    let named = Loopback::start_with(&[], Some(own.service("register.example.no", None, &["h2"])));
    let told = listed(&settings(&named, Some(&own))).unwrap_err();
    assert!(matches!(told, StoreError::Unreachable { .. }), "another name in the certificate: {told:?}");
    assert!(named.shop.lock().unwrap().log.is_empty(), "nothing was asked of it, no token shown");
}

#[test]
fn http_2_is_spoken_where_it_is_offered_and_whole_passes_are_made_with_it() {
    let authority = Authority::new();
    for (spoken, version) in [(&["h2", "http/1.1"][..], "HTTP/2.0"), (&["http/1.1"], "HTTP/1.1")] {
        let config = authority.service("127.0.0.1", None, spoken);
        let service = Loopback::start_with(&[Fault::Throttles], Some(config));
        let world = World::accepted(&service.place());
        let should = world.should();
        let mut engine = world.engine_with(&settings(&service, Some(&authority)));
        let passed = pass(&mut engine).unwrap();
        assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
        assert_eq!(held(&service), should);
        assert_eq!(service.shop.lock().unwrap().spoken, BTreeSet::from([version.to_owned()]));
    }
}

#[test]
fn a_service_that_wants_a_certificate_is_shown_one() {
    let (own, other) = (Authority::new(), Authority::new());
    let config = own.service("127.0.0.1", Some(&own), &["h2", "http/1.1"]);
    let service = Loopback::start_with(&[], Some(config));
    let mut settings = settings(&service, Some(&own));
    assert!(listed(&settings).is_err(), "without one");
    settings.certificate = Some(other.client("portvakt"));
    assert!(listed(&settings).is_err(), "another authority's");
    assert!(service.shop.lock().unwrap().log.is_empty());
    settings.certificate = Some(own.client("portvakt"));
    assert_eq!(listed(&settings).unwrap(), 0);
}

#[test]
fn what_is_not_encrypted_is_not_spoken_to_by_https() {
    let plain = Loopback::start(&[]);
    let place = plain.place().replace("http://", "https://");
    let told = listed(&ScimSettings::new(place.parse().unwrap())).unwrap_err();
    assert!(matches!(told, StoreError::Unreachable { .. }), "{told:?}");
    assert!(plain.shop.lock().unwrap().log.is_empty());
}
