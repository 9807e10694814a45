//! What somebody does who can list the keys of a cache and wants to know who was born when and where.
//!
//! Keys with plain SHA-256 digests can be made by everybody, and there are not many births: this tries them one
//! after the other. It takes nothing from the library: all it knows is in `docs/keys.md`, in the key itself, and
//! in every chart that the service hands out (what it was computed with).

use sha2::{Digest, Sha256};

/// A place as a list of cities has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct City {
    /// What it is called.
    pub name: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Twenty large cities.
pub const CITIES: [City; 20] = [
    city("Bangkok", 13.75, 100.5167),
    city("Beijing", 39.9042, 116.4074),
    city("Berlin", 52.52, 13.405),
    city("Bogotá", 4.711, -74.0721),
    city("Buenos Aires", -34.6037, -58.3816),
    city("Cairo", 30.0444, 31.2357),
    city("Delhi", 28.6139, 77.209),
    city("Istanbul", 41.0082, 28.9784),
    city("Jakarta", -6.2088, 106.8456),
    city("Lagos", 6.5244, 3.3792),
    city("London", 51.5074, -0.1278),
    city("Los Angeles", 34.0522, -118.2437),
    city("Mexico City", 19.4326, -99.1332),
    city("Moscow", 55.7558, 37.6173),
    city("Mumbai", 19.076, 72.8777),
    city("New York", 40.7128, -74.006),
    city("Paris", 48.8566, 2.3522),
    city("São Paulo", -23.5505, -46.6333),
    city("Seoul", 37.5665, 126.978),
    city("Tokyo", 35.6762, 139.6503),
];

const fn city(name: &'static str, latitude: f64, longitude: f64) -> City {
    City {
        name,
        latitude,
        longitude,
    }
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The year, of four digits.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

impl Day {
    fn next(self) -> Self {
        let Self { year, month, day } = self;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < length {
            let day = day + 1;
            Self { year, month, day }
        } else if month < 12 {
            let (month, day) = (month + 1, 1);
            Self { year, month, day }
        } else {
            let (year, month, day) = (year + 1, 1, 1);
            Self { year, month, day }
        }
    }
}

/// A birth whose key is the one that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The minute of birth in UTC, as in `1990-05-17T12:30:00Z`.
    pub instant: String,
    /// The place.
    pub city: City,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The birth, if it was among those that were tried.
    pub found: Option<Found>,
    /// How many were tried.
    pub guesses: u64,
}

/// Tries every minute of `days` days from `first` on in every city of `cities`, with the house system that is the
/// default. `engine` is what charts are computed with: ephemeris and version.
///
/// # Panics
/// Panics when `key` is not one of the natal-chart service.
#[must_use]
pub fn search(key: &str, engine: (&str, &str), first: Day, days: u32, cities: &[City]) -> Search {
    let target = Target::read(key).expect("the key has the form in docs/keys.md");
    let mut guesses = 0;
    for city in cities {
        let guess = Guess::new(&target, engine, city);
        let mut day = first;
        for _ in 0..days {
            for minute in 0..24 * 60 {
                guesses += 1;
                let (hour, minute) = (minute / 60, minute % 60);
                let instant = instant(day, hour, minute);
                if guess.digest(instant) == target.digest {
                    let instant = String::from_utf8_lossy(&instant).into_owned();
                    let found = Some(Found {
                        instant,
                        city: *city,
                    });
                    return Search { found, guesses };
                }
            }
            day = day.next();
        }
    }
    let found = None;
    Search { found, guesses }
}

/// How many bytes an instant has in a key's encoding, to the second and in UTC.
const INSTANT_BYTES: usize = 20;

/// Returns a minute as RFC 3339 writes it.
fn instant(day: Day, hour: u16, minute: u16) -> [u8; INSTANT_BYTES] {
    let mut text = *b"0000-00-00T00:00:00Z";
    let mut write = |at: usize, digits: usize, mut number: u16| {
        for place in (at..at + digits).rev() {
            text[place] = b'0' + u8::try_from(number % 10).expect("it is one digit");
            number /= 10;
        }
    };
    write(0, 4, day.year);
    write(5, 2, day.month.into());
    write(8, 2, day.day.into());
    write(11, 2, hour);
    write(14, 2, minute);
    text
}

/// What a key tells whoever can list it.
struct Target<'a> {
    namespace: &'a str,
    name: &'a str,
    version: u32,
    fingerprint: u64,
    digest: [u8; 32],
}

impl<'a> Target<'a> {
    fn read(key: &'a str) -> Option<Self> {
        let (namespace, rest) = key.split_once(':')?;
        let (rest, hex) = rest.rsplit_once(':')?;
        let (rest, _secret) = rest.rsplit_once(':')?;
        let (name, shape) = rest.rsplit_once(':')?;
        let (version, fingerprint) = shape.split_once('.')?;
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self {
            namespace,
            name,
            version: version.parse().ok()?,
            fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
            digest,
        })
    }
}

/// All guesses for one place: what they have in common is hashed once.
struct Guess {
    before: Sha256,
    after: Vec<u8>,
}

impl Guess {
    fn new(target: &Target<'_>, (ephemeris, version): (&str, &str), city: &City) -> Self {
        let mut birth = Vec::new();
        birth.push(b'S');
        field(&mut birth, b"BirthData");
        text(&mut birth, "instant");
        text(&mut birth, "....-..-..T..:..:..Z");
        let at = birth.len() - INSTANT_BYTES;
        for (name, degrees) in [("latitude", city.latitude), ("longitude", city.longitude)] {
            text(&mut birth, name);
            birth.extend_from_slice(b"f\x08");
            birth.extend_from_slice(&degrees.to_be_bytes());
        }
        text(&mut birth, "house_system");
        birth.push(b'A');
        field(&mut birth, b"HouseSystem");
        field(&mut birth, b"placidus");
        birth.extend_from_slice(b"..");

        let mut engine = Vec::new();
        engine.push(b'S');
        field(&mut engine, b"EngineInfo");
        for (name, value) in [("ephemeris", ephemeris), ("version", version)] {
            text(&mut engine, name);
            text(&mut engine, value);
        }
        engine.push(b'.');

        let mut bytes = Vec::new();
        field(&mut bytes, b"cached-key-v1");
        field(&mut bytes, target.namespace.as_bytes());
        field(&mut bytes, target.name.as_bytes());
        bytes.extend_from_slice(&target.version.to_be_bytes());
        bytes.extend_from_slice(&target.fingerprint.to_be_bytes());
        bytes.extend_from_slice(&3_u64.to_be_bytes());
        let mut no_types = Vec::new();
        text(&mut no_types, "");
        let mut instant_at = 0;
        for (position, argument) in (0_u64..).zip([&no_types, &birth, &engine]) {
            bytes.extend_from_slice(&position.to_be_bytes());
            if position == 1 {
                instant_at = bytes.len() + 8 + at;
            }
            field(&mut bytes, argument);
        }
        Self {
            before: Sha256::new().chain_update(&bytes[..instant_at]),
            after: bytes.split_off(instant_at + INSTANT_BYTES),
        }
    }

    fn digest(&self, instant: [u8; INSTANT_BYTES]) -> [u8; 32] {
        let hash = self.before.clone().chain_update(instant);
        hash.chain_update(&self.after).finalize().into()
    }
}

/// Appends bytes behind their number.
fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends the encoding of a text.
fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b's');
    field(out, text.as_bytes());
}
