//! Reads the characters of a body.

use std::{iter::Peekable, str::Chars};

use super::{Extras, Member, Sample, parse, variables};

/// Deeper nesting than any real body has. Without a limit, the stack would be it.
const MAX_DEPTH: usize = 60;

pub(super) struct Reader<'a> {
    pub(super) chars: Peekable<Chars<'a>>,
    pub(super) line: usize,
    /// Comments that nothing has taken yet.
    pub(super) pending: Vec<String>,
    pub(super) extras: Extras,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            chars: text.trim_start_matches('\u{feff}').chars().peekable(),
            line: 1,
            pending: Vec::new(),
            extras: Extras::default(),
        }
    }

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
    pub(super) fn space(&mut self) -> Result<bool, String> {
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

    pub(super) fn value(&mut self, depth: usize) -> Result<Sample, String> {
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
