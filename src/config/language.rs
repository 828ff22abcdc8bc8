//! Finds the language for messages that come before the arguments have been read.

use std::ffi::OsString;

use portvakt_core::diag::Lang;

/// The language in which arguments are refused. The arguments have not been read at that time.
#[must_use]
pub fn language_of(args: &[OsString]) -> Lang {
    let named = |text: &str| match text {
        "nb" => Some(Lang::Nb),
        "en" => Some(Lang::En),
        _ => None,
    };
    let texts: Vec<&str> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    let joined = texts.iter().filter_map(|arg| arg.strip_prefix("--lang="));
    let apart = texts.windows(2).filter_map(|two| match two {
        ["--lang", lang] => Some(*lang),
        _ => None,
    });
    let typed = joined.chain(apart).filter_map(named).next_back();
    let set = || std::env::var("PORTVAKT_LANG").ok().and_then(|set| named(&set));
    typed.or_else(set).unwrap_or_else(of_environment)
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
    fn norwegian_of_any_kind_is_bokmal_and_all_else_english() {
        for norwegian in ["nb", "nb_NO.UTF-8", "nn_NO", "no_NO.ISO8859-1", "nb-NO"] {
            assert_eq!(of_locale(norwegian), Lang::Nb, "{norwegian}");
        }
        for other in ["", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "sv_SE.UTF-8"] {
            assert_eq!(of_locale(other), Lang::En, "{other}");
        }
    }
}
