//! What connections to the API cannot do, or was assumed about them.

use crate::{
    connection::Profile,
    import::{draft::Draft, names::Names},
};

/// A person decides about credentials that connections cannot use, and about what a scheme leaves open.
pub fn connections(draft: &mut Draft, names: &Names) {
    for note in Profile::of(&names.vendor, &draft.document).notes {
        draft.report.to_decide("connections", &note, "security", "see `x-connection`");
    }
}
