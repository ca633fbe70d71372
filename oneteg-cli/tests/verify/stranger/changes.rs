//! The kinds of differences. Each states which findings it must cause.

use oneteg_catalog::{Entry, Schemas, evidence::Kind};
use serde_json::{Value, json};

use super::{
    envelopes,
    plant::content,
    relay::Reply,
    sites::{Site, escaped},
};

/// A response that is being changed.
pub(crate) struct Changing {
    pub(crate) entry: &'static Entry,
    pub(crate) schemas: &'static Schemas,
    pub(crate) reply: Reply,
    /// The whole body.
    pub(crate) body: Value,
    /// The values of the content.
    pub(crate) sites: Vec<Site>,
    pub(crate) random: fastrand::Rng,
}

/// What a difference causes.
#[derive(Debug, Default)]
pub(crate) struct Caused {
    pub(crate) what: String,
    pub(crate) findings: Vec<(String, Kind)>,
    pub(crate) absent: Option<String>,
    /// A string of the body that is replaced last: what no JSON value of this program can be.
    pub(crate) instead: Option<(&'static str, &'static str)>,
}

impl Caused {
    pub(crate) fn one(what: impl Into<String>, place: impl Into<String>, kind: Kind) -> Self {
        Self { what: what.into(), findings: vec![(place.into(), kind)], ..Self::default() }
    }

    fn nothing(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }
}

pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) of_files: bool,
    /// `None` if the response has nothing that can be changed so.
    pub(crate) make: fn(&mut Changing) -> Option<Caused>,
}

const fn of_json(name: &'static str, make: fn(&mut Changing) -> Option<Caused>) -> Change {
    Change { name, of_files: false, make }
}

pub(crate) const ALL: &[Change] = &[
    of_json("unknown member", unknown),
    of_json("member of a strange name", strange),
    of_json("absent member", absent),
    of_json("null", null),
    of_json("another type", another_type),
    of_json("another value", another_value),
    of_json("another format", another_format),
    of_json("number out of range", out_of_range),
    of_json("envelope", envelopes::envelope),
    of_json("object around the content", envelopes::wrapped),
    of_json("total", envelopes::total),
    of_json("more items", envelopes::more_items),
    Change { name: "status", of_files: true, make: status },
    Change { name: "media type", of_files: true, make: media_type },
];

impl Changing {
    /// One of the sites that a condition holds for: any place with the same probability, the items of lists behind the
    /// second one more often.
    pub(crate) fn choose(&mut self, fits: impl Fn(&Site, &Schemas) -> bool) -> Option<Site> {
        let fitting: Vec<&Site> =
            self.sites.iter().filter(|site| fits(site, self.schemas)).collect();
        let mut places: Vec<&str> = fitting.iter().map(|site| site.place.as_str()).collect();
        places.sort_unstable();
        places.dedup();
        let place = self.random.choice(places)?;
        let at: Vec<&Site> = fitting.into_iter().filter(|site| site.place == place).collect();
        let late: Vec<&Site> = at.iter().copied().skip(2).collect();
        let from = if late.is_empty() || self.random.u8(..3) == 0 { at } else { late };
        self.random.choice(from).cloned()
    }

    pub(crate) fn value(&mut self, pointer: &str) -> &mut Value {
        let pointer = format!("{}{pointer}", content(self.entry));
        self.body.pointer_mut(&pointer).unwrap()
    }

    /// A value of any type, with values inside.
    fn anything(&mut self, depth: u8) -> Value {
        match self.random.u8(..if depth == 0 { 6 } else { 8 }) {
            0 => json!(true),
            1 => json!(self.random.u32(..)),
            2 => json!(f64::from(self.random.u16(..)) + 0.5),
            3 => json!("qzx 17"),
            4 => json!("2031-05-06T07:08:09Z"),
            5 => Value::Null,
            6 => json!([self.anything(depth - 1), self.anything(depth - 1)]),
            _ => json!({ "qzxInner": self.anything(depth - 1), "b": self.anything(depth - 1) }),
        }
    }
}

fn unknown(changing: &mut Changing) -> Option<Caused> {
    let names =
        ["qzxTotal", "qzx_rating", "name", "title", "ownerId", "x-qzx", "@qzx.type", "count"];
    let name = changing.random.choice(names)?;
    let site = changing.choose(|site, _| site.is_closed_object() && !site.knows(name))?;
    let value = changing.anything(3);
    let object = changing.value(&site.pointer).as_object_mut()?;
    if object.contains_key(name) {
        return None;
    }
    object.insert(name.to_owned(), value);
    let shown = if name.starts_with('@') { "*" } else { name };
    Some(Caused::one(
        format!("{}/{name}", site.pointer),
        format!("{}/{shown}", site.place),
        Kind::UnknownMember,
    ))
}

/// A name that may be data is not shown.
fn strange(changing: &mut Changing) -> Option<Caused> {
    let names = ["Größe", "my field", "2031", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "a/b~c", ""];
    let name = changing.random.choice(names)?;
    let site = changing.choose(|site, _| site.is_closed_object())?;
    let value = changing.anything(1);
    changing.value(&site.pointer).as_object_mut()?.insert(name.to_owned(), value);
    let place = format!("{}/*", site.place);
    Some(Caused::one(format!("{}/{}", site.pointer, escaped(name)), place, Kind::UnknownMember))
}

fn absent(changing: &mut Changing) -> Option<Caused> {
    let wanted = changing.random.u8(..4) > 0;
    let site = changing.choose(|site, _| site.required == Some(wanted))?;
    let (above, name) = site.pointer.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    changing.value(above).as_object_mut()?.remove(&name)?;
    let what = site.pointer.clone();
    Some(match wanted {
        true => Caused::one(what, site.place, Kind::Missing),
        false => Caused { absent: Some(site.place), ..Caused::nothing(what) },
    })
}

fn null(changing: &mut Changing) -> Option<Caused> {
    let wanted = changing.random.u8(..4) == 0;
    let site = changing
        .choose(|site, schemas| (site.nullable || site.types(schemas).is_empty()) == wanted)?;
    let value = changing.value(&site.pointer);
    if value.is_null() {
        return None;
    }
    *value = Value::Null;
    Some(match wanted {
        true => Caused::nothing(site.pointer),
        false => Caused::one(site.pointer, site.place, Kind::Null),
    })
}

fn another_type(changing: &mut Changing) -> Option<Caused> {
    let site = changing.choose(|site, schemas| !site.types(schemas).is_empty())?;
    let types = site.types(changing.schemas);
    let old = changing.value(&site.pointer).clone();
    let mut values = vec![
        ("boolean", json!(true)),
        ("string", json!("qzx")),
        ("string", json!(old.to_string())),
        ("object", json!({ "qzxInner": 1 })),
        ("object", json!({})),
        ("array", json!([])),
        ("array", json!([old])),
        ("number", json!(17.5)),
        ("number", json!(-17)),
    ];
    values.retain(|(ty, _)| {
        !types.iter().any(|stated| stated == ty || (*ty == "number" && stated == "integer"))
    });
    // A fraction where only whole numbers are stated.
    if types.contains(&"integer".to_owned()) {
        values.push(("number", json!(0.25)));
    }
    let (_, value) = changing.random.choice(values)?;
    let what = format!("{} {value}", site.pointer);
    *changing.value(&site.pointer) = value;
    Some(Caused::one(what, site.place, Kind::Type))
}

fn another_value(changing: &mut Changing) -> Option<Caused> {
    let site = changing.choose(|site, _| site.schema["enum"].is_array())?;
    let known = site.schema["enum"].as_array()?.clone();
    let value = match known.first()? {
        Value::String(first) => {
            let values =
                [json!("Qzx"), json!("qzx with blanks 17"), json!(""), json!(format!("{first}_2"))];
            changing.random.choice(values)?
        }
        Value::Number(_) => json!(-17),
        _ => return None,
    };
    if known.contains(&value) || changing.value(&site.pointer).is_null() {
        return None;
    }
    let what = format!("{} {value}", site.pointer);
    *changing.value(&site.pointer) = value;
    Some(Caused::one(what, site.place, Kind::EnumValue))
}

fn another_format(changing: &mut Changing) -> Option<Caused> {
    let of = |format: &str| -> &'static [&'static str] {
        match format {
            "uuid" => &[
                "qzx-17",
                "",
                "6f9619ff8b86d011b42d00cf4fc964ff",
                "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}",
            ],
            "date-time" => &[
                "31/12/2031",
                "yesterday",
                "1714979289",
                "2031-13-01T00:00:00Z",
                "2031-05-06",
                "2031-05-06 07:08:09",
                "Tue, 06 May 2031 07:08:09 GMT",
                "",
            ],
            "date" => &["06.05.2031", "2031-05-06T07:08:09Z", ""],
            _ => &[],
        }
    };
    let format = |site: &Site| site.schema["format"].as_str().unwrap_or_default().to_owned();
    let site = changing
        .choose(|site, _| !of(&format(site)).is_empty() && site.schema["type"] == "string")?;
    if !changing.value(&site.pointer).is_string() {
        return None;
    }
    let value = changing.random.choice(of(&format(&site)))?;
    *changing.value(&site.pointer) = json!(value);
    Some(Caused::one(format!("{} {value}", site.pointer), site.place, Kind::Format))
}

fn out_of_range(changing: &mut Changing) -> Option<Caused> {
    // Totals and numbers of an enum would also be wrong as such.
    let total = changing.entry.paging.as_ref().map(|paging| format!("/{}", paging.total));
    let site = changing.choose(|site, _| {
        matches!(site.schema["format"].as_str(), Some("int32" | "int64" | "unix-ms"))
            && site.schema["type"] == "integer"
            && site.schema["enum"].is_null()
            && Some(&site.place) != total.as_ref()
    })?;
    if !changing.value(&site.pointer).is_number() {
        return None;
    }
    let (digits, value) = match site.schema["format"].as_str()? {
        "int32" => ("3000000000", json!(3_000_000_000_u64)),
        // Seconds instead of milliseconds.
        "unix-ms" => ("1714979289", json!(1_714_979_289)),
        // Beyond 64 bits, which no JSON value of this program can be.
        _ => ("340282366920938463463374607431768211456", json!("qzx digits")),
    };
    *changing.value(&site.pointer) = value;
    let caused = Caused::one(format!("{} {digits}", site.pointer), site.place, Kind::Format);
    Some(Caused {
        instead: digits.starts_with("34").then_some(("\"qzx digits\"", digits)),
        ..caused
    })
}

fn status(changing: &mut Changing) -> Option<Caused> {
    let status = changing.random.choice([201, 202, 203, 206, 207, 208, 226, 299])?;
    if changing.entry.responses.iter().any(|documented| documented.describes(status)) {
        return None;
    }
    changing.reply.status = status;
    Some(Caused::one(status.to_string(), "", Kind::Status))
}

fn media_type(changing: &mut Changing) -> Option<Caused> {
    let all = [
        None,
        Some("text/plain; charset=utf-8"),
        Some("application/vnd.qzx+json"),
        Some("application/xml"),
        Some("image/x-qzx"),
    ];
    let media_type = changing.random.choice(all)?;
    let documented = changing.entry.responses.iter().flat_map(|response| response.content.keys());
    let documented: Vec<&String> = documented.collect();
    let essence = media_type.and_then(|declared| declared.split(';').next());
    // Any file is an `application/octet-stream`, but for what looks like JSON.
    let is_any = documented.iter().any(|known| *known == "application/octet-stream");
    let is_known = documented.iter().any(|known| Some(known.as_str()) == essence);
    if documented.is_empty() || is_any || is_known {
        return None;
    }
    changing.reply.set("content-type", media_type);
    let mut caused = Caused::one(format!("{media_type:?}"), "", Kind::MediaType);
    let is_file = changing.entry.response.kind == oneteg_catalog::ResponseKind::File;
    if is_file && essence.is_some_and(|essence| essence.contains("json")) {
        caused.findings.push((String::new(), Kind::Content));
    }
    Some(caused)
}
