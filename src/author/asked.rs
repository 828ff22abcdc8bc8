//! Reads what an application asks for, in the register's terms. A word that does not mean one thing is kept as it is
//! written. Nothing is put in its place, because a person has to say what it means (R2).

use portvakt_core::model::{ApplicationId, Register};

use super::find::{folded, may_mean};

/// The words for all applications, in small letters.
const ALL: [&str; 2] = ["all", "alle"];

/// The words for all applications of a register that has two.
const BOTH: [&str; 2] = ["both", "begge"];

/// What a word of an application stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskedSubject {
    /// The unit that is asked for.
    Unit,
    /// The role that is asked for.
    Role,
    /// The program that is asked for.
    Application,
}

/// A word of an application that does not mean one thing of the register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnclearWord {
    /// What the word stands for.
    pub subject: AskedSubject,
    /// The word as it is written.
    pub typed: String,
    /// What the word may mean. It is empty if the word fits nothing.
    pub fitting: Vec<String>,
}

/// Returns the one value that the words mean. It is `None` if there are no words, and if they are unclear. Unclear words
/// are added to the list. `mean` returns all that a word may mean, each with its name.
pub(super) fn one_meant<T: PartialEq>(
    subject: AskedSubject,
    words: &[String],
    unclear: &mut Vec<UnclearWord>,
    mean: impl Fn(&str) -> Vec<(T, String)>,
) -> Option<T> {
    let already = unclear.len();
    let mut meant: Vec<(T, String)> = Vec::new();
    for typed in words {
        match <[(T, String); 1]>::try_from(mean(typed)) {
            Ok([one]) => {
                if meant.iter().all(|(value, _)| *value != one.0) {
                    meant.push(one);
                }
            }
            Err(several) => {
                let fitting = several.into_iter().map(|(_, name)| name).collect();
                unclear.push(UnclearWord { subject, typed: typed.clone(), fitting });
            }
        }
    }
    if meant.len() > 1 {
        let fitting = meant.iter().map(|(_, name)| name.clone()).collect();
        unclear.push(UnclearWord { subject, typed: words.join(", "), fitting });
    }
    if unclear.len() > already {
        return None;
    }
    meant.pop().map(|(value, _)| value)
}

/// Returns the applications that a word means: the one that it fits, or all of them for a word such as `begge`.
///
/// # Errors
/// The word fits no application, or it may mean more than one thing.
pub fn applications_called(register: &Register, typed: &str) -> Result<Vec<ApplicationId>, UnclearWord> {
    let known: Vec<(&ApplicationId, &str)> =
        register.applications.iter().map(|(id, name)| (id, name.as_str())).collect();
    let found = may_mean(typed, &known, |(id, name)| vec![id.as_str(), *name]);
    let word = folded(typed.trim());
    let is_all = ALL.contains(&word.as_str()) || (known.len() == 2 && BOTH.contains(&word.as_str()));
    match found.as_slice() {
        [] if is_all => Ok(register.applications.keys().cloned().collect()),
        [(id, _)] if !is_all => Ok(vec![(*id).clone()]),
        several => Err(UnclearWord {
            subject: AskedSubject::Application,
            typed: typed.to_owned(),
            fitting: several.iter().map(|(id, _)| id.as_str().to_owned()).collect(),
        }),
    }
}

/// Returns the applications that all words together mean. If a word is unclear, none is returned, because a part of what
/// was asked for is not what was asked for.
pub(super) fn all_meant(
    register: &Register,
    words: &[String],
    unclear: &mut Vec<UnclearWord>,
) -> Vec<ApplicationId> {
    let already = unclear.len();
    let mut meant: Vec<ApplicationId> = Vec::new();
    for typed in words {
        match applications_called(register, typed) {
            Ok(found) => {
                for id in found {
                    if !meant.contains(&id) {
                        meant.push(id);
                    }
                }
            }
            Err(word) => unclear.push(word),
        }
    }
    if unclear.len() > already { Vec::new() } else { meant }
}
