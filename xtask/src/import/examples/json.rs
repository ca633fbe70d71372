//! Reads JSON as people write it in collections: with comments, placeholders such as `{{assetId}}` and `<string>`, and
//! trailing commas.
//!
//! A comment after a member, or on the lines before it, documents that member. A member that is commented out is an
//! optional one.

use std::{iter::Peekable, str::Chars};

/// Deeper nesting than any real body has. Without a limit, the stack would be it.
const MAX_DEPTH: usize = 60;

/// A value of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    Null,
    Boolean,
    Integer,
    Number,
    String(String),
    /// A variable without quotation marks, such as `{{assetId}}`: a value of any type.
    Variable(String),
    /// Each item with the comments about it.
    List(Vec<(Sample, String)>),
    Object(Vec<Member>),
}

/// A member of an object in an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub value: Sample,
    /// The comments about it.
    pub note: String,
    /// Whether it is commented out.
    pub is_optional: bool,
}

/// What a body contains besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Comments, in the order of the body.
    pub comments: usize,
    /// Comments that document no member, such as those between the items of a list.
    pub loose: Vec<String>,
    /// Names of variables.
    pub variables: Vec<String>,
}

/// Reads a body.
///
/// # Errors
/// A message with the line.
pub fn parse(text: &str) -> Result<(Sample, Extras), String> {
    let mut reader = Reader {
        chars: text.trim_start_matches('\u{feff}').chars().peekable(),
        line: 1,
        pending: Vec::new(),
        extras: Extras::default(),
    };
    let value = reader.value(0)?;
    reader.space()?;
    let rest = std::mem::take(&mut reader.pending);
    reader.extras.loose.extend(rest);
    match reader.chars.peek() {
        None => Ok((value, reader.extras)),
        Some(found) => Err(format!("`{found}` after the end of the JSON in line {}", reader.line)),
    }
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    /// Comments that nothing has taken yet.
    pending: Vec<String>,
    extras: Extras,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        if next == Some('\n') {
            self.line += 1;
        }
        next
    }

    fn error<T>(&self, expected: &str) -> Result<T, String> {
        let mut ahead = self.chars.clone();
        let found = ahead.next().map_or("the end".to_owned(), |found| format!("`{found}`"));
        Err(format!("{found} instead of {expected} in line {}", self.line))
    }

    /// Skips white space and keeps comments. Returns whether a line ended.
    fn space(&mut self) -> Result<bool, String> {
        let mut ended = false;
        loop {
            match self.chars.peek() {
                Some('\n') => {
                    ended = true;
                    self.next();
                }
                Some(c) if c.is_whitespace() => {
                    self.next();
                }
                Some('/') => {
                    self.comment()?;
                }
                _ => return Ok(ended),
            }
        }
    }

    fn comment(&mut self) -> Result<(), String> {
        self.next();
        let mut text = String::new();
        match self.next() {
            Some('/') => {
                while let Some(c) = self.chars.peek().copied().filter(|c| *c != '\n') {
                    text.push(c);
                    self.next();
                }
            }
            Some('*') => loop {
                match self.next() {
                    Some('*') if self.chars.peek() == Some(&'/') => {
                        self.next();
                        break;
                    }
                    Some(c) => text.push(c),
                    None => return Err("a comment without an end".to_owned()),
                }
            },
            _ => return self.error("a comment"),
        }
        self.extras.comments += 1;
        let lines: Vec<&str> =
            text.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
        let text = lines.join(" ").trim().to_owned();
        if !text.is_empty() {
            self.pending.push(text);
        }
        Ok(())
    }

    /// The comments up to the end of this line, after a member and its comma.
    fn rest_of_line(&mut self) -> Result<Vec<String>, String> {
        let before = std::mem::take(&mut self.pending);
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '/' => self.comment()?,
                '\n' => break,
                c if c.is_whitespace() => {
                    self.next();
                }
                _ => break,
            }
        }
        let found = std::mem::take(&mut self.pending);
        self.pending = before;
        Ok(found)
    }

    fn value(&mut self, depth: usize) -> Result<Sample, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested too deeply in line {}", self.line));
        }
        self.space()?;
        match self.chars.peek().copied() {
            Some('{') => self.object_or_variable(depth),
            Some('[') => self.list(depth),
            Some(quote @ ('"' | '\'')) => {
                let text = self.string(quote)?;
                self.extras.variables.extend(variables(&text));
                Ok(Sample::String(text))
            }
            Some('<') => self.angle(),
            Some(c) if c.is_alphanumeric() || matches!(c, '-' | '+' | '.' | '$') => self.word(),
            _ => self.error("a value"),
        }
    }

    fn object_or_variable(&mut self, depth: usize) -> Result<Sample, String> {
        self.next();
        if self.chars.peek() != Some(&'{') {
            return self.object(depth);
        }
        self.next();
        let mut name = String::new();
        loop {
            match self.next() {
                Some('}') => break,
                Some('\n') | None => return self.error("the end of a variable"),
                Some(c) => name.push(c),
            }
        }
        if self.next() != Some('}') {
            return self.error("the end of a variable");
        }
        // `{{count}}00` is one value.
        while self.chars.peek().is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        {
            self.next();
        }
        let name = name.trim().to_owned();
        self.extras.variables.push(name.clone());
        Ok(Sample::Variable(name))
    }

    fn object(&mut self, depth: usize) -> Result<Sample, String> {
        let mut members: Vec<Member> = Vec::new();
        // A comment after the brace documents the object.
        let own = self.rest_of_line()?;
        loop {
            self.space()?;
            let mut notes = Vec::new();
            for note in std::mem::take(&mut self.pending) {
                match commented_out(&note, depth) {
                    Some(member) => members.push(member),
                    None => notes.push(note),
                }
            }
            match self.chars.peek().copied() {
                Some('}') => {
                    self.next();
                    match members.last_mut() {
                        Some(last) if !notes.is_empty() => append(&mut last.note, &notes),
                        _ => self.extras.loose.extend(notes),
                    }
                    self.pending.splice(0..0, own);
                    return Ok(Sample::Object(members));
                }
                Some(',') => {
                    self.next();
                    self.pending = notes;
                }
                Some(quote @ ('"' | '\'')) => {
                    let name = self.string(quote)?;
                    self.member(name, notes, &mut members, depth)?;
                }
                Some(c) if c.is_alphabetic() || matches!(c, '_' | '$') => {
                    let mut name = String::new();
                    while let Some(c) = self
                        .chars
                        .peek()
                        .copied()
                        .filter(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-'))
                    {
                        name.push(c);
                        self.next();
                    }
                    self.member(name, notes, &mut members, depth)?;
                }
                _ => return self.error("a member"),
            }
        }
    }

    fn member(
        &mut self,
        name: String,
        mut notes: Vec<String>,
        members: &mut Vec<Member>,
        depth: usize,
    ) -> Result<(), String> {
        self.space()?;
        if self.next() != Some(':') {
            return Err(format!("no colon after `{name}` in line {}", self.line));
        }
        let value = self.value(depth + 1)?;
        notes.append(&mut self.pending);
        let mut after = self.rest_of_line()?;
        if self.chars.peek() == Some(&',') {
            self.next();
            after.extend(self.rest_of_line()?);
        }
        notes.extend(after);
        let mut note = String::new();
        append(&mut note, &notes);
        members.retain(|member| member.name != name);
        members.push(Member { name, value, note, is_optional: false });
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Sample, String> {
        self.next();
        let mut items = Vec::new();
        let mut outer = std::mem::take(&mut self.pending);
        outer.extend(self.rest_of_line()?);
        loop {
            self.space()?;
            match self.chars.peek() {
                Some(']') => {
                    self.next();
                    // Comments after the last item document the list.
                    self.pending.splice(0..0, outer);
                    return Ok(Sample::List(items));
                }
                Some(',') => {
                    self.next();
                }
                None => return self.error("the end of a list"),
                Some(_) => {
                    let mut notes = std::mem::take(&mut self.pending);
                    let value = self.value(depth + 1)?;
                    notes.append(&mut self.pending);
                    notes.extend(self.rest_of_line()?);
                    if self.chars.peek() == Some(&',') {
                        self.next();
                        notes.extend(self.rest_of_line()?);
                    }
                    let mut note = String::new();
                    append(&mut note, &notes);
                    items.push((value, note));
                }
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<String, String> {
        let line = self.line;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r' | 'b' | 'f') => {}
                    Some('u') => {
                        let digits: String = (0..4).filter_map(|_| self.next()).collect();
                        let code = u32::from_str_radix(&digits, 16).unwrap_or(0xfffd);
                        text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    Some(c) => text.push(c),
                    None => return Err(format!("a string without an end in line {line}")),
                },
                Some(c) => text.push(c),
                None => return Err(format!("a string without an end in line {line}")),
            }
        }
    }

    /// A placeholder such as `<string>` without quotation marks.
    fn angle(&mut self) -> Result<Sample, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some('>') => {
                    text.push('>');
                    return Ok(Sample::String(text));
                }
                Some('\n') | None => return self.error("the end of a placeholder"),
                Some(c) => text.push(c),
            }
        }
    }

    fn word(&mut self) -> Result<Sample, String> {
        let mut word = String::new();
        while let Some(c) = self
            .chars
            .peek()
            .copied()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '.' | '_' | '$'))
        {
            word.push(c);
            self.next();
        }
        match word.as_str() {
            "null" | "undefined" | "None" => return Ok(Sample::Null),
            "true" | "false" | "True" | "False" => return Ok(Sample::Boolean),
            _ => {}
        }
        if word.parse::<i128>().is_ok() {
            return Ok(Sample::Integer);
        }
        if word.parse::<f64>().is_ok() {
            return Ok(Sample::Number);
        }
        Err(format!("`{word}` is not a JSON value in line {}", self.line))
    }
}

fn append(note: &mut String, more: &[String]) {
    for part in more {
        if !note.is_empty() {
            note.push(' ');
        }
        note.push_str(part);
    }
}

/// The member that a comment contains, such as `// "limit": 10,`.
fn commented_out(comment: &str, depth: usize) -> Option<Member> {
    if !comment.starts_with('"') || depth >= MAX_DEPTH {
        return None;
    }
    let (value, extras) = parse(&format!("{{{comment}}}")).ok()?;
    let Sample::Object(mut members) = value else { return None };
    match (members.pop(), members.is_empty(), extras.loose.is_empty()) {
        (Some(member), true, true) => Some(Member { is_optional: true, ..member }),
        _ => None,
    }
}

/// The names of the variables in a string, such as `{{baseUrl}}`.
pub fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, next)) = after.split_once("}}") else { break };
        found.push(name.trim().to_owned());
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Vec<Member> {
        match parse(text).unwrap().0 {
            Sample::Object(members) => members,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn comments_document_members() {
        let members = object(
            "{\n  // The folder.\n  \"folderId\": {{folderId}}, // root is 1\n  \"deep\": true /* all */\n  // \"limit\": 10,\n}",
        );
        let shown: Vec<_> = members
            .iter()
            .map(|member| (member.name.as_str(), member.note.as_str(), member.is_optional))
            .collect();
        assert_eq!(
            shown,
            [
                ("folderId", "The folder. root is 1", false),
                ("deep", "all", false),
                ("limit", "", true)
            ]
        );
        assert_eq!(members[0].value, Sample::Variable("folderId".to_owned()));
    }

    #[test]
    fn a_url_is_not_a_comment() {
        let members = object(r#"{"url": "https://example.com/{{path}}", "a": [1, 2.5, null,], }"#);
        assert_eq!(members[0].value, Sample::String("https://example.com/{{path}}".to_owned()));
        let items =
            [Sample::Integer, Sample::Number, Sample::Null].map(|item| (item, String::new()));
        assert_eq!(members[1].value, Sample::List(items.into()));
    }

    #[test]
    fn comments_document_the_items_of_a_list() {
        let (list, _) = parse("[12, // folderId\n true,\n { // options\n \"a\": 1}]").unwrap();
        let Sample::List(items) = list else { panic!("{list:?}") };
        let notes: Vec<_> = items.iter().map(|(_, note)| note.as_str()).collect();
        assert_eq!(notes, ["folderId", "", "options"]);
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_line() {
        for (text, message) in [
            ("", "the end instead of a value in line 1"),
            ("{\n\"a\" 1}", "no colon after `a` in line 2"),
            ("{\"a\": \"x", "a string without an end in line 1"),
            ("{} x", "`x` after the end of the JSON in line 1"),
            ("<xml", "the end instead of the end of a placeholder in line 1"),
            ("{\"a\": nope}", "`nope` is not a JSON value in line 1"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message, "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().contains("nested too deeply"));
    }
}
