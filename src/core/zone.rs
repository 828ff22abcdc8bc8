//! Time zones by their IANA names, from the zone data that is compiled into the program.
//!
//! The machine's own zone data is not asked. So the same tree is judged in the same way in a check and in the daemon, and a
//! machine without zone data (no `tzdata`) works like any other. When a country changes its rules, the program is updated.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone that the program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the time zone `{0}` is not known to this version of the program")]
pub struct UnknownTimeZone(pub String);

/// The time zone of this IANA name, such as `Europe/Oslo`.
///
/// # Errors
/// When the compiled zone data has no zone of this name.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownTimeZone> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownTimeZone(name.to_owned()))
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
