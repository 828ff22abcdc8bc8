//! Finds the language and the format for what is said and asked before the arguments have been read.

use std::ffi::OsString;

use clap::ValueEnum as _;
use portvakt_core::diag::Lang;

use super::Format;

/// The language in which arguments are refused. The arguments have not been read at that time.
#[must_use]
pub fn language_of(args: &[OsString]) -> Lang {
    let named = |text: &str| match text {
        "nb" => Some(Lang::Nb),
        "en" => Some(Lang::En),
        _ => None,
    };
    let typed = typed_values(args, "--lang").into_iter().filter_map(named).next_back();
    let set = || std::env::var("PORTVAKT_LANG").ok().and_then(|set| named(&set));
    typed.or_else(set).unwrap_or_else(of_environment)
}

/// The format that the arguments or the environment ask for. A value that is no format is refused when the arguments are read.
#[must_use]
pub fn format_of(args: &[OsString]) -> Format {
    let named = |text: &str| Format::from_str(text, false).ok();
    let typed = typed_values(args, "--format").into_iter().filter_map(named).next_back();
    let set = || std::env::var("PORTVAKT_FORMAT").ok().and_then(|set| named(&set));
    typed.or_else(set).unwrap_or(Format::Human)
}

/// Returns the values that are typed for an option: those joined to it by `=`, and then those that follow it.
fn typed_values<'a>(args: &'a [OsString], option: &str) -> Vec<&'a str> {
    let texts: Vec<&'a str> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    let begun = format!("{option}=");
    let joined = texts.iter().copied().filter_map(|text| text.strip_prefix(begun.as_str()));
    let apart = texts.windows(2).filter_map(|two| match two {
        [name, value] if *name == option => Some(*value),
        _ => None,
    });
    joined.chain(apart).collect()
}

/// The language of the first variable that is set among `LC_ALL`, `LC_MESSAGES` and `LANG` (POSIX gives this order).
pub(super) fn of_environment() -> Lang {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).map_or(Lang::En, |set| of_locale(&set))
}

/// The language of a locale such as `nb_NO.UTF-8`. It is bokmål for any Norwegian locale, and English for every other
/// one.
fn of_locale(locale: &str) -> Lang {
    if ["nb", "nn", "no"].iter().any(|name| locale.starts_with(name)) { Lang::Nb } else { Lang::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_known_before_the_arguments_are() {
        let of = |args: &[&str]| language_of(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of(&["portvakt", "--lang", "nb", "chekc"]), Lang::Nb);
        assert_eq!(of(&["portvakt", "chekc", "--lang=nb"]), Lang::Nb);
        assert_eq!(of(&["portvakt", "--lang", "nb", "chekc", "--lang", "en"]), Lang::En);
    }

    #[test]
    fn the_format_is_known_before_the_arguments_are() {
        let of = |args: &[&str]| format_of(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of(&["portvakt", "--format", "json", "chekc"]), Format::Json);
        assert_eq!(of(&["portvakt", "chekc", "--format=markdown"]), Format::Markdown);
        assert_eq!(of(&["portvakt", "--format", "json", "chekc", "--format", "human"]), Format::Human);
    }

    #[test]
    fn norwegian_of_any_kind_is_bokmal_and_all_else_english() {
        for norwegian in ["nb", "nb_NO.UTF-8", "nn_NO", "no_NO.ISO8859-1", "nb-NO"] {
            assert_eq!(of_locale(norwegian), Lang::Nb, "{norwegian}");
        }
        for other in ["", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "sv_SE.UTF-8"] {
            assert_eq!(of_locale(other), Lang::En, "{other}");
        }
    }
}
