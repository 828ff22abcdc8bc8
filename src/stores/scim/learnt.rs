//! What has been seen of a service while working with it, and is not in what it announces of itself.

use super::resource::Form;

/// How a service takes changes, as far as it has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// PATCH; what goes is removed.
    Remove,
    /// PATCH; what goes is replaced by nothing.
    Replace,
    /// PUT of the whole.
    Put,
}

/// Whether writes that name an old version are refused, as far as it has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Not tried yet.
    Unknown,
    /// They are.
    Kept,
    /// They go through, or are not offered: every write reads first.
    Ignored,
}

/// What has been learnt by working with it.
#[derive(Debug, Clone, Copy)]
pub struct Learnt {
    pub manner: Option<Manner>,
    pub versions: Versions,
    /// Pages of a size that is asked for make it fail: it is asked for no size.
    pub sizeless: bool,
    /// Asked to sort it fails.
    pub unsorted: bool,
    /// Its lists show less of an account than the account itself.
    pub bare_lists: bool,
    /// In which form it takes values of roles.
    pub form: Option<Form>,
    /// The other form was tried.
    pub turned: bool,
    /// Several operations in one request are not understood after all.
    pub one_by_one: bool,
    /// It does not keep the name an account was opened under: nobody is opened any more.
    pub forgetful: bool,
    /// Accounts in a page and in all, as the last list had them: a guess at where the next one's pages begin.
    pub paged: Option<(u64, u64)>,
}

impl Learnt {
    /// Nothing yet, but for this.
    pub fn new(versions: Versions) -> Self {
        Self {
            manner: None,
            versions,
            sizeless: false,
            unsorted: false,
            bare_lists: false,
            form: None,
            turned: false,
            one_by_one: false,
            forgetful: false,
            paged: None,
        }
    }
}
