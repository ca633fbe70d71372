use serde_json::json;

use super::*;

fn fakes() -> Pseudonymizer {
    Pseudonymizer::with_key(&[9; 16])
}

#[test]
fn strings_keep_their_form() {
    let fakes = fakes();
    for (string, form) in [
        ("0b9e8a52-7c1f-4c8e-9a67-1d2f3b4c5d6e", "########-####-4###-####-############"),
        ("0B9E8A527C1F4C8E9A671D2F3B4C5D6E", "################################"),
        ("{0b9e8a52-7c1f-4c8e-9a67-1d2f3b4c5d6e}", "{########-####-4###-####-############}"),
        ("Harbour at dawn.jpg", "####### ## ####.jpg"),
        ("/Press/Images 2026/", "/#####/###### ####/"),
        (r"C:\Press\a.tif", r"#:\#####\#.tif"),
        ("jane.doe@example.com", "####.###@##########.example"),
        ("Jane Doe <jane@acme.com>, owner", "#### ### <####@##########.example>, #####"),
        ("https://acme.com/a/b.png?x=1", "https://##########.example/#/#.png?x=#"),
        ("https://acme.com", "https://##########.example"),
        ("https://acme.com/", "https://##########.example/"),
        ("d41d8cd98f00b204e9800998ecf8427e", "################################"),
        ("dGhpcyBpcyBhIHNlY3JldCB0b2tlbg==", "################################"),
        ("v1.2.3", "##.#.#"),
        ("12.50", "##.##"),
        ("007", "00#"),
    ] {
        let fake = fakes.string(string);
        assert_ne!(fake, string);
        assert_eq!(fake.chars().count(), form.chars().count(), "{string} {fake}");
        for (fake_char, form_char) in fake.chars().zip(form.chars()) {
            let is_same = if form_char == '#' {
                fake_char.is_alphanumeric() || fake_char == '='
            } else {
                fake_char == form_char
            };
            assert!(is_same, "{string}: {fake} is not {form}");
        }
    }
    for kept in
        ["", " ", "...", "true", "null", "0", "image/jpeg", "00000000-0000-0000-0000-000000000000"]
    {
        assert_eq!(fakes.string(kept), kept);
    }
}

#[test]
fn equal_values_have_equal_fakes_wherever_they_are() {
    let fakes = fakes();
    let id = "0b9e8a52-7c1f-4c8e-9a67-1d2f3b4c5d6e";
    let value = json!({
        "id": id, "number": 512, "text": "512",
        "link": format!("https://acme.com/assets/{id}/512?parent=512&name=Harbour%20at%20dawn.jpg"),
        "note": format!("see {id}, number 512: Harbour."),
        "name": "Harbour at dawn.jpg",
        "embedded": r#"{"id":512}"#,
    });
    let fake = fakes.value(&value, &AnyName);
    let (id, number) = (fake["id"].as_str().unwrap(), fake["number"].to_string());
    assert_eq!(fake["text"], number.as_str());
    let link = Url::parse(fake["link"].as_str().unwrap()).unwrap();
    assert!(link.path().ends_with(&format!("/{id}/{number}")), "{link}");
    let query: Vec<_> = link.query_pairs().into_owned().collect();
    let name = fake["name"].as_str().unwrap().to_owned();
    let first = name.split(' ').next().unwrap().to_owned();
    assert_eq!(query, [("parent".to_owned(), number.clone()), ("name".to_owned(), name)]);
    let note = fake["note"].as_str().unwrap();
    assert!(
        note.contains(&format!(" {id}, ")) && note.contains(&format!(" {number}: {first}.")),
        "{note}"
    );
    assert_eq!(fake["embedded"], format!(r#"{{"id":{number}}}"#));
    assert_ne!(Pseudonymizer::random().unwrap().value(&value, &AnyName), fake);
    assert_eq!(fakes.clone().value(&value, &AnyName), fake);
}

#[test]
fn secrets_show_neither_length_nor_form() {
    let fakes = fakes();
    let value = json!({
        "accessToken": "canary", "passwords": ["a", {"hint": "canary"}], "token": null,
        "link": "https://h.com/c?sig=canary%2Fcanary&shareKey=canary",
    });
    let fake = fakes.value(&value, &AnyName);
    let shown = fake.to_string();
    assert!(!shown.contains("canary"), "{shown}");
    assert_eq!(
        fake["accessToken"].as_str().unwrap().len(),
        fake["passwords"][0].as_str().unwrap().len()
    );
    assert!(fake["link"].as_str().unwrap().contains("?sig=fake-"));
    assert!(fake["token"].is_null());
    // The same secret in a link is the same fake.
    assert_eq!(fakes.argument("shareKey", "canary"), fake["accessToken"]);
    assert_eq!(fakes.query("shareKey=canary"), format!("shareKey={}", fakes.secret("canary")));
    assert!(!format!("{fakes:?}").contains('9'));
}

#[test]
fn known_words_stay_and_names_of_an_owner_do_not() {
    let fakes = fakes();
    let vocabulary = Vocabulary::new(["status", "attributes", "items"], ["Approved"]);
    let value = json!({
        "status": "Approved", "attributes": {"Client name": "Approved", "Region": "North"},
        "items": [{"status": "approved"}],
    });
    let fake = fakes.value(&value, &vocabulary);
    assert_eq!(fake["status"], "Approved");
    assert_ne!(fake["items"][0]["status"], "approved");
    let shown = fake.to_string();
    for canary in ["Client", "Region", "North"] {
        assert!(!shown.contains(canary), "{shown}");
    }
    assert!(fakes.value(&value, &AnyName)["attributes"].get("Region").is_some());
}

#[test]
fn kept_values_stay_wherever_they_are() {
    let mut fakes = fakes().keep_below(100).vocabulary(
        Vocabulary::new(["name"], ["block"])
            .phrases(["come back in"])
            .recognised_by(|v| v == "own"),
    );
    fakes.keep("Press/Images");
    fakes.keep(646);
    let value = json!({
        "name": "Images", "id": 646, "count": 99, "more": 100, "link": "https://h.com/646/own?comp=block",
        "text": "646 in Press", "path": "Press/Images/Other", "digits": "646",
    });
    let fake = fakes.value(&value, &AnyName);
    for kept in ["name", "id", "count", "digits"] {
        assert_eq!(fake[kept], value[kept]);
    }
    assert_ne!(fake["more"], 100);
    assert!(fake["link"].as_str().unwrap().ends_with("/646/own?comp=block"));
    let text = fake["text"].as_str().unwrap();
    assert!(text.starts_with("646 ") && text.ends_with(" Press"), "{text}");
    assert!(fake["path"].as_str().unwrap().starts_with("Press/Images/"));
    let message = fakes.string("Rate exceeded. Come Back in 12 seconds, canary.");
    assert!(message.contains(" Come Back in 12 ") && !message.contains("canary"), "{message}");
}

#[test]
fn places_are_pointers_with_stars() {
    struct Places(std::cell::RefCell<Vec<String>>);
    impl Known for Places {
        fn is_name(&self, _: &str, _: &str) -> bool {
            true
        }
        fn is_value(&self, place: &str, value: &Value) -> bool {
            self.0.borrow_mut().push(place.to_owned());
            value == 7
        }
    }
    let places = Places(std::cell::RefCell::default());
    let fake = fakes().value(&json!({"a/b": [[7, 8]], "c": {"d": "x"}, "password": "p"}), &places);
    assert_eq!(fake["a/b"][0][0], 7);
    assert_ne!(fake["a/b"][0][1], 8);
    assert_eq!(*places.0.borrow(), ["/a~1b/*/*", "/a~1b/*/*", "/c/d"]);
}

#[test]
fn links_lose_host_user_and_port() {
    let fake = fakes().string("https://user:canary@acme.com:8443/x#canary");
    assert!(!fake.contains("canary") && !fake.contains("acme") && !fake.contains("8443"), "{fake}");
}

#[test]
fn a_named_origin_replaces_its_links() {
    let (real, fake) =
        (Url::parse("https://acme.netx.net").unwrap(), Url::parse("https://netx.example").unwrap());
    let fakes = fakes().origin(&real, &fake);
    assert!(fakes.link("https://acme.netx.net/file/7").starts_with("https://netx.example/"));
    assert!(!fakes.link("https://acme.netx.net:8443/file/7").starts_with("https://netx.example/"));
}

#[test]
fn any_string_has_a_fake() {
    let fakes = fakes();
    for string in [
        "\u{0}",
        "{",
        "[",
        "{}",
        "://",
        "https://",
        "http://[::1]:8080/x",
        "@",
        "a@b",
        ".",
        "..",
        "a.",
        ".jpg",
        "-",
        "--1",
        "%",
        "é",
        "漢字",
        "\u{1F600}",
        "2024-",
        "T",
        "Z",
        "file:///etc",
        "data:text/plain,x",
    ] {
        let _ = fakes.string(string);
        let _ = fakes.query(string);
        let _ = fakes.link(string);
    }
    let long = "a ".repeat(10_000);
    assert_eq!(fakes.string(&long).len(), long.len());
}
