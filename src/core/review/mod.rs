//! The review of the user lists, every third month (R36).
//!
//! ```text
//!  accepted accesses ──list──▶ Review ──write──▶ reviews/<trust>/<quarter>.yaml ──answers, signatures──▶ parse::review
//!                                                                                                          │
//!           base, rules, what was accepted before ──judge──▶ JudgedReviews: what counts, and since when ◀──┘
//!                                                      │
//!                                                     due ──▶ ReviewState of each trust, and who waits
//!                                                  closed ──▶ what the files follow and the whole store shows
//! ```
//!
//! A review takes nothing away and gives nothing. The persons' files carry out what a review asks for, through the one
//! door. Silence is not an answer, and a missing answer is not an approval.
//!
//! The files, in reading order:
//!
//! ```text
//!  list      makes the list of a trust, with every access that exists
//!  settings  the people and accounts of `register.yaml` as rows of the national list
//!  write     writes a list as a file
//!  facts     the day of the last use of an application, shown to a reviewer
//!  judge     decides which lists count as reviews, and since when
//!  entitled  who may answer which row of a list
//!  merged    the merged statements of reviewers, and the lists that the forge is asked about
//!  made_anew  lists that are made anew although they count
//!  unlisted  accesses and settings without a row in their list
//!  due       the day on which a review is due
//!  newest    the newest lists of a trust, and whether they count
//!  follow    how far the files follow one answer
//!  carried   how far the files follow all answers
//!  closed    closes a review when the store shows that it is carried out
//!  outcome   what one pass does with the reviews, as one value
//!  told      the findings and words about reviews
//! ```

mod carried;
mod closed;
mod due;
mod entitled;
mod facts;
mod follow;
mod judge;
mod list;
mod made_anew;
mod merged;
mod newest;
mod outcome;
mod settings;
mod told;
mod unlisted;
mod write;

pub use carried::{OpenAnswer, Unclosed, open_answers, remind, unclosed};
pub use closed::{Closed, ReadBack, answers_of, closed};
pub use due::{Due, ReviewState, SOON_DAYS, due_after, oldest, standing_of};
pub use entitled::{AnswerRefused, answers_for};
pub use facts::LastUse;
pub use follow::{AnswerFollowed, anew, followed, followed_setting, key_now, setting_anew};
pub use judge::{
    Attested, JudgedReviews, NewReviews, Overtaken, ReviewCase, ReviewedList, UsedFrom, judge, judge_all,
    shown_digest,
};
pub use list::{Start, allowed, sentences, start};
pub use made_anew::made_anew;
pub use merged::{FormerKeys, has_strange_keys, merged, merged_lists, unproven};
pub use newest::{CountedList, NewestLists, OpenList, newest_lists};
pub use outcome::ReviewOutcome;
pub use settings::{setting_words, settings_at, settings_of};
pub use told::due as due_finding;
pub use unlisted::{UnlistedAccess, UnlistedSetting, unlisted, unlisted_settings};
pub use write::{notice_words, rewritten, written};
