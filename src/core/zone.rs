//! Time zones by their IANA names, from the zone data that is compiled into the program.
//!
//! The machine's own zone data is not used. So the same tree is judged in the same way in a check and in the daemon,
//! and a machine without zone data (no `tzdata`) works like any other. When a country changes its rules, the program is
//! updated.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::text::{Text, text};

/// A time zone that the program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownTimeZone(pub String);

impl UnknownTimeZone {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        let Self(name) = self;
        text!(
            en: "the time zone `{name}` is not known to this version of the program",
            nb: "tidssonen `{name}` er ikke kjent i denne versjonen av programmet"
        )
    }
}

impl std::fmt::Display for UnknownTimeZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The time zone of this IANA name, such as `Europe/Oslo`.
///
/// # Errors
/// Fails if the compiled zone data has no zone of this name.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownTimeZone> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownTimeZone(name.to_owned()))
}

/// The next step if the program does not know the register's time zone.
#[must_use]
pub fn another_zone() -> crate::text::Text {
    crate::text::text!(
        en: "Correct `time_zone` in `register.yaml`: write an IANA name, such as `Europe/Oslo`.",
        nb: "Rett `time_zone` i `register.yaml`: skriv et IANA-navn, for eksempel `Europe/Oslo`."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oslo_is_known_without_the_machines_zone_data() {
        let oslo = time_zone("Europe/Oslo").unwrap();
        let winter = "2026-01-31T23:30:00Z".parse::<jiff::Timestamp>().unwrap();
        let summer = "2026-07-31T22:30:00Z".parse::<jiff::Timestamp>().unwrap();
        assert_eq!(oslo.to_datetime(winter).date().to_string(), "2026-02-01");
        assert_eq!(oslo.to_datetime(summer).date().to_string(), "2026-08-01");
        assert_eq!(time_zone("Europe/Nowhere"), Err(UnknownTimeZone("Europe/Nowhere".to_owned())));
    }
}
