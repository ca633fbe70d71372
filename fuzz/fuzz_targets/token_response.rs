#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = oneteg_auth::test_hooks::token_response(bytes);
});
