//! The public surface of every SDK: a changed line is a changed API.

use xtask::{surface, workspace};

#[test]
fn the_public_surface_of_every_sdk_is_what_was_released() {
    let root = workspace::root();
    for vendor in workspace::vendors(&root, &[]).unwrap() {
        let surface = surface::surface(&root, &vendor).unwrap();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("surface_{}", vendor.name), surface);
        });
    }
}
