//! Data that must appear nowhere, and the search for it in every form in which a program might write it.

use std::fmt::Write as _;

/// The shortest form that is looked for. Shorter ones stand in random bytes by chance: six given bytes are in a
/// megabyte of them once in 300 million times.
const SHORTEST: usize = 6;

/// The letters of base64, of which the last two differ in URLs.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The data to look for.
pub(super) struct Marks {
    forms: Vec<Form>,
    /// Which forms begin with two given bytes, so that most places in a text are passed by at once.
    by_beginning: Vec<Vec<usize>>,
}

/// One way to write one datum.
struct Form {
    datum: String,
    way: &'static str,
    bytes: Vec<u8>,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            forms: Vec::new(),
            by_beginning: vec![Vec::new(); 1 << 16],
        }
    }

    /// Looks for a text from now on.
    pub(super) fn text(&mut self, text: &str) {
        self.add(text, "text", text.as_bytes().to_vec());
        let escaped = |escape: fn(char) -> String| text.chars().map(escape).collect::<String>();
        let json = escaped(|c| match c {
            ' '..='~' => c.to_string(),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .fold(String::new(), |json, unit| format!("{json}\\u{unit:04x}")),
        });
        self.add(text, "JSON with escapes", json.into_bytes());
        let debug = escaped(|c| c.escape_default().to_string());
        self.add(text, "Rust's Debug", debug.into_bytes());
        let bytes = text.as_bytes().escape_ascii().to_string();
        self.add(text, "Rust's Debug of bytes", bytes.into_bytes());
        for (way, space) in [("URL", "%20"), ("form", "+")] {
            let mut url = String::new();
            for &byte in text.as_bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        url.push(byte.into());
                    }
                    b' ' => url.push_str(space),
                    byte => write!(url, "%{byte:02X}").expect("a string takes all"),
                }
            }
            self.add(text, way, url.into_bytes());
        }
        let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.add(text, "UTF-16", utf16);
        self.spelt_out(text, text.as_bytes());
    }

    /// Looks for a number, given in decimal with seven digits after the point, from now on: with all its digits,
    /// or with the last three of them cut off.
    pub(super) fn degrees(&mut self, decimal: &str) {
        let shortened = &decimal[..decimal.len() - 3];
        self.add(decimal, "decimal", shortened.as_bytes().to_vec());
        let number: f64 = decimal.parse().expect("it is a number");
        self.float(decimal, number);
        let fixed = shortened.replace(['.', '-'], "");
        if fixed.len() > SHORTEST {
            self.add(decimal, "fixed point", fixed.into_bytes());
        }
    }

    /// Looks for the bytes of a floating-point number from now on.
    pub(super) fn float(&mut self, datum: &str, number: f64) {
        for bytes in [number.to_le_bytes(), number.to_be_bytes()] {
            self.add(datum, "bytes of an f64", bytes.to_vec());
            self.spelt_out(datum, &bytes);
        }
    }

    /// Looks for an instant, in seconds since 1970, from now on: as such, in smaller units, and as a Julian date.
    pub(super) fn instant(&mut self, seconds: i64) {
        let datum = format!("the instant {seconds}");
        // Milliseconds and smaller units begin with the same digits.
        self.add(&datum, "decimal", seconds.to_string().into_bytes());
        for per_second in [1, 1_000, 1_000_000, 1_000_000_000] {
            let number = seconds * per_second;
            for bytes in [number.to_le_bytes(), number.to_be_bytes()] {
                self.add(&datum, "bytes of an i64", bytes.to_vec());
                self.spelt_out(&datum, &bytes);
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of a century are far below 2^53"
        )]
        let days = seconds as f64 / 86_400.0;
        for epoch in [2_440_587.5, 40_587.0] {
            let date = days + epoch;
            self.float(&datum, date);
            let decimal = format!("{date:.6}");
            let shortened = &decimal[..decimal.len() - 4];
            self.add(&datum, "Julian date", shortened.as_bytes().to_vec());
        }
    }

    /// Looks for what programs make of bytes to print them.
    fn spelt_out(&mut self, datum: &str, bytes: &[u8]) {
        let hex = bytes
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        self.add(datum, "hexadecimal", hex.into_bytes());
        let numbers: Vec<_> = bytes.iter().map(ToString::to_string).collect();
        for (way, comma) in [("list of bytes", ","), ("list of bytes as Debug", ", ")] {
            let list = numbers.join(comma);
            self.add(datum, way, list.into_bytes());
        }
        for before in 0..3 {
            let base64 = base64(bytes, before);
            self.add(datum, "base64", base64.clone().into_bytes());
            let url = base64.replace('+', "-").replace('/', "_");
            self.add(datum, "base64 in a URL", url.into_bytes());
        }
    }

    fn add(&mut self, datum: &str, way: &'static str, mut bytes: Vec<u8>) {
        bytes.make_ascii_lowercase();
        assert!(bytes.len() >= SHORTEST, "{datum:?} as {way} is too short");
        if self.forms.iter().all(|form| form.bytes != bytes) {
            self.by_beginning[beginning(&bytes)].push(self.forms.len());
            self.forms.push(Form {
                datum: datum.to_owned(),
                way,
                bytes,
            });
        }
    }

    /// Returns every way in which something that is looked for stands in `bytes`, whatever its case, with what
    /// stands around it.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let lower = bytes.to_ascii_lowercase();
        let mut found = Vec::new();
        for start in 0..lower.len().saturating_sub(SHORTEST - 1) {
            for &candidate in &self.by_beginning[beginning(&lower[start..])] {
                let form = &self.forms[candidate];
                if lower[start..].starts_with(&form.bytes) {
                    let around = start.saturating_sub(60)..(start + 100).min(bytes.len());
                    let text = String::from_utf8_lossy(&bytes[around]);
                    found.push(format!("{} as {}: …{text:?}…", form.datum, form.way));
                }
            }
        }
        found
    }

    /// Returns each form that is looked for, as bytes that hold it.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&str, &'static str, &[u8])> {
        self.forms
            .iter()
            .map(|form| (&*form.datum, form.way, &*form.bytes))
    }
}

fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Returns those letters of base64 that are the same whatever stands around `bytes`, when so many bytes stand
/// before them in their group of three.
fn base64(bytes: &[u8], before: usize) -> String {
    let all = [&vec![0; before][..], bytes].concat();
    let bit = |at: usize| all[at / 8] >> (7 - at % 8) & 1;
    let letters = (before * 8).div_ceil(6)..all.len() * 8 / 6;
    let letter = |number: usize| {
        let bits = number * 6..number * 6 + 6;
        let value = bits.fold(0, |value, at| value << 1 | bit(at));
        char::from(BASE64[usize::from(value)])
    };
    letters.map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(marks: &Marks, bytes: &[u8]) -> Vec<String> {
        marks.found_in(bytes)
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        assert_eq!(base64(b"Zwiesel", 0), "WndpZXNlb");
        let mut marks = Marks::new();
        marks.text("Zwiesel");

        // `printf 'x: Zwiesel!' | base64`, with one byte less before it, and with two.
        for encoded in ["eDogWndpZXNlbCE=", "OiBad2llc2VsIQ==", "IFp3aWVzZWwh"] {
            assert!(!ways(&marks, encoded.as_bytes()).is_empty(), "{encoded}");
        }
    }

    #[test]
    fn a_text_is_found_as_programs_write_it() {
        let mut marks = Marks::new();
        marks.text("Zoë Ångström");

        for written in [
            "name=zoë ÅNGSTRÖM zoë Ångström;".to_owned(),
            r#"{"name":"Zo\u00eb \u00c5ngstr\u00f6m"}"#.to_owned(),
            r"Zo\u{eb} \u{c5}ngstr\u{f6}m".to_owned(),
            r"Zo\xc3\xab \xc3\x85ngstr\xc3\xb6m".to_owned(),
            "/Zo%c3%ab%20%C3%85ngstr%C3%B6m".to_owned(),
            "5A6FC3AB20C3856E67737472C3B66D".to_owned(),
            "[90, 111, 195, 171, 32, 195, 133, 110, 103, 115, 116, 114, 195, 182, 109]".to_owned(),
        ] {
            assert!(!ways(&marks, written.as_bytes()).is_empty(), "{written}");
        }
        assert!(ways(&marks, "Zoe Angstrom".as_bytes()).is_empty());
    }

    #[test]
    fn a_place_and_an_instant_are_found_as_programs_write_them() {
        let mut marks = Marks::new();
        marks.degrees("49.0173526");
        marks.instant(545_285_861);

        let latitude = 49.017_352_6_f64;
        for written in [
            b"lat=49.0173526".to_vec(),
            b"49.01735".to_vec(),
            [b"RCE", &latitude.to_le_bytes()[..]].concat(),
            latitude.to_be_bytes().to_vec(),
            545_285_861_i64.to_le_bytes().to_vec(),
            545_285_861_000_i64.to_be_bytes().to_vec(),
            b"{\"at\":545285861000}".to_vec(),
            b"jd 2446898.679".to_vec(),
        ] {
            assert!(!ways(&marks, &written).is_empty(), "{written:?}");
        }
        assert!(ways(&marks, b"49.0172 545285860 2446898.5").is_empty());
    }
}
