//! The reasons why a text is not an address of a database, in words. They never repeat the address, which may hold a secret.

use portvakt_core::diag::{Text, text};
use portvakt_net::Forbidden;

/// The reason why a text is not an address of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// The address contains a password.
    Password,
    /// A part is missing.
    Shape,
    /// The address has an option that this program does not know.
    Option,
    /// The address asks for another kind of server than one that takes writes.
    Kind,
    /// The hosts are given in two places.
    Hosts,
    /// A host is left out, or is not a host.
    Host,
    /// A port is not a port, or two different ports are given for a host, or there are not as many ports as hosts.
    Port,
    /// Nobody keeps a database at an address of this kind.
    Forbidden(#[from] Forbidden),
}

impl ServerAddressError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Password => text!(
                en: "a password stands in it, where others can read it; put it into a file and name that with \
                     `--store-password-file`",
                nb: "det står et passord i den, der andre kan lese det; legg det i en fil, og oppgi den med \
                     `--store-password-file`"
            ),
            Self::Shape => text!(
                en: "`postgres://USER@HOST/DATABASE` is expected, such as `postgres://portvakt@db.example.no/register`",
                nb: "`postgres://BRUKER@VERT/DATABASE` er ventet, for eksempel `postgres://portvakt@db.example.no/register`"
            ),
            Self::Option => text!(
                en: "it says how to connect in a way that is not known here; only `host=` (a host, or `/FOLDER` of a socket, \
                     with commas between several), `port=` and `target_session_attrs=read-write` are",
                nb: "den sier hvordan det skal kobles til på en måte som ikke er kjent her; bare `host=` (en vert, eller \
                     `/MAPPE` til en sokkel, med komma mellom flere), `port=` og `target_session_attrs=read-write` er det"
            ),
            Self::Kind => text!(
                en: "`target_session_attrs` in it can only be `read-write`: what writes goes only to a server that takes \
                     writes, and what only reads goes to the first that answers",
                nb: "`target_session_attrs` i den kan bare være `read-write`: det som skriver, går bare til en tjener som tar \
                     imot skriving, og det som bare leser, går til den første som svarer"
            ),
            Self::Hosts => text!(
                en: "it names hosts in two places; write them all before the path, or all in one `host=`, with commas \
                     between them",
                nb: "den nevner verter to steder; skriv alle foran stien, eller alle i én `host=`, med komma mellom dem"
            ),
            Self::Host => text!(
                en: "a host in it is left out, or is no name and no number; after `host=` an IPv6 address stands without \
                     brackets",
                nb: "en vert i den mangler, eller er verken et navn eller et nummer; etter `host=` står en IPv6-adresse uten \
                     klammer"
            ),
            Self::Port => text!(
                en: "its port must be a number from 1 to 65535, given once: one for all hosts, or one for each of them",
                nb: "porten må være et tall fra 1 til 65535, oppgitt én gang: én for alle verter, eller én for hver av dem"
            ),
            Self::Forbidden(place) => place.words(),
        }
    }
}

impl std::fmt::Display for ServerAddressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}
