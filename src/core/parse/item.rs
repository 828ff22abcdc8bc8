//! Reads one value: a date, an id, a name or a number. If the value is not valid, the finding says what is expected.

pub(super) use self::dates::{iso, turned};
pub(crate) use self::known::NameKind;
pub(super) use self::words::put_in;
pub(crate) use self::words::{has_address, plausible_address, whole_number};
use super::meant;
use super::node::Node;
use super::page::{FilePage, shown};
use crate::diag::{Code, Finding, Text, text};

mod dates;
mod known;
mod words;

/// A value, or the finding that says why it is not valid.
pub(crate) type Read<T> = Result<T, Box<Finding>>;

/// The value of one key.
pub(crate) struct Item<'p, 'a> {
    pub(crate) page: FilePage<'a>,
    pub(crate) key: &'static str,
    pub(crate) node: &'p Node<'a>,
}

impl<'p, 'a> Item<'p, 'a> {
    /// Makes a finding about this value.
    pub(crate) fn wrong(
        &self,
        code: Code,
        message: impl Into<Text>,
        way_out: impl Into<Text>,
    ) -> Box<Finding> {
        Box::new(self.page.finding(code, self.page.value_span(self.node), message, way_out))
    }

    /// A whole number in digits, without sign, spaces or leading zeros.
    pub(crate) fn number(&self, least: u32, most: u32) -> Read<u32> {
        let text = self.text()?;
        let possible = |number: u32| (least..=most).contains(&number);
        whole_number(text).filter(|number| possible(*number)).ok_or_else(|| {
            let message = text!(
                en: "`{key}` is no whole number from {least} to {most}: `{text}`.",
                nb: "`{key}` er ikke et heltall fra {least} til {most}: `{text}`.";
                key = self.key, text = shown(text)
            );
            let way_out = match meant::number(text, possible) {
                Some(meant) => meant::write_instead(meant),
                None => text!(en: "Write the number in digits.", nb: "Skriv tallet med sifre."),
            };
            self.wrong(Code::BadValue, message.and(put_in(text)), way_out)
        })
    }

    /// Reads `true` or `false`. The words `yes` and `no` are refused, because they can be read in two ways.
    pub(crate) fn truth(&self) -> Read<bool> {
        match self.text()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let message = text!(
                    en: "`{key}` is `true` or `false`, not `{other}`.",
                    nb: "`{key}` er `true` eller `false`, ikke `{other}`.";
                    key = self.key, other = shown(other)
                );
                let way_out = match other.to_lowercase().as_str() {
                    "yes" | "ja" | "on" => text!(en: "Write `true`.", nb: "Skriv `true`."),
                    "no" | "nei" | "off" => text!(en: "Write `false`.", nb: "Skriv `false`."),
                    _ => text!(en: "Write `true` or `false`.", nb: "Skriv `true` eller `false`."),
                };
                Err(self.wrong(Code::BadValue, message, way_out))
            }
        }
    }
}
