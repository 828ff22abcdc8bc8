//! Facts about a service that were observed while working with it, and that it does not announce.

use super::resource::Form;

/// The manner in which a service was seen to take changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It takes a PATCH that removes a value.
    Remove,
    /// It takes a PATCH that replaces a value with an empty one.
    Replace,
    /// It takes a PUT of the whole account.
    Put,
}

/// Whether the service was seen to refuse writes that name an old version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ETagSupport {
    /// This was not tried yet.
    Unknown,
    /// The service refuses a write that names an old version.
    Kept,
    /// The service accepts such writes, or offers no versions. Then every write reads first.
    Ignored,
}

/// Everything that was observed of one service.
#[derive(Debug, Clone, Copy)]
pub struct Learnt {
    pub manner: Option<Manner>,
    pub versions: ETagSupport,
    /// It fails when it is asked for pages of a certain size, so no size is asked for.
    pub sizeless: bool,
    /// The number of accounts in a page whose answer is not too large, if it is fewer than the service offers.
    pub page: Option<usize>,
    /// It fails when it is asked to sort.
    pub unsorted: bool,
    /// It takes the version in the resource (`meta.version`), and refuses the one in the header.
    pub own_versions: bool,
    /// It says of accounts that they are active. So an account that it says nothing of is not.
    pub says_active: bool,
    /// Its lists show less of an account than the account itself.
    pub bare_lists: bool,
    /// The form in which it takes values of roles.
    pub form: Option<Form>,
    /// Whether the other form was tried.
    pub turned: bool,
    /// It does not understand several operations in one request, although it offers them.
    pub one_by_one: bool,
    /// It does not keep the opening id of an account, so no more accounts are opened.
    pub forgetful: bool,
    /// The page size and the total of the last list. The next list uses them to guess where its pages begin.
    pub paged: Option<(u64, u64)>,
}

impl Learnt {
    /// Begins with nothing observed, except this about versions.
    pub fn new(versions: ETagSupport) -> Self {
        Self {
            manner: None,
            versions,
            sizeless: false,
            page: None,
            unsorted: false,
            own_versions: false,
            says_active: false,
            bare_lists: false,
            form: None,
            turned: false,
            one_by_one: false,
            forgetful: false,
            paged: None,
        }
    }
}
