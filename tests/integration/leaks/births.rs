//! Two births, the secrets of the tests, and their marks.

use cached_tests::app::SECRET;
use serde_json::{Value, json};

use super::marks::Marks;

/// The secret that takes the place of [`SECRET`].
pub(super) const NEXT_SECRET: &str = "verdigris pendulum, 32 bytes of it";
pub(super) const REDIS_PASSWORD: &str = "brackish-umbrella-48";
pub(super) const DATABASE_PASSWORD: &str = "threadbare-lantern-73";

/// What is sent wherever it does not belong. No route, field, header or value of the service is like it.
pub(super) const WORD: &str = "Xanthorrhoea Quellhörst";
pub(super) const PLAIN_WORD: &str = "Xanthorrhoea";
pub(super) const NUMBER: i64 = 7_418_529_630;

/// A birth that was never asked for elsewhere.
pub(super) struct Birth {
    pub(super) name: &'static str,
    pub(super) date: &'static str,
    /// The date in other orders and words.
    pub(super) dates: [&'static str; 5],
    pub(super) time: &'static str,
    /// The field of the zone, and the zone.
    pub(super) zone: (&'static str, &'static str),
    pub(super) latitude: &'static str,
    pub(super) longitude: &'static str,
    pub(super) seconds: i64,
    pub(super) utc: &'static str,
}

pub(super) const BIRTHS: [Birth; 2] = [
    Birth {
        name: "Zyxomma Quellhörst",
        date: "1987-04-13",
        dates: [
            "19870413",
            "13.04.1987",
            "04/13/1987",
            "13 Apr 1987",
            "April 13, 1987",
        ],
        time: "03:11:47",
        zone: ("timezone", "America/Argentina/Ushuaia"),
        latitude: "-54.8071943",
        longitude: "-68.3043726",
        seconds: 545_292_707,
        utc: "1987-04-13T06:11:47",
    },
    Birth {
        name: "Wilhelmine Ostrogorska",
        date: "1961-08-29",
        dates: [
            "19610829",
            "29.08.1961",
            "08/29/1961",
            "29 Aug 1961",
            "August 29, 1961",
        ],
        time: "19:43:08",
        zone: ("utc_offset", "+05:53:28"),
        latitude: "22.5726463",
        longitude: "88.3639717",
        seconds: -263_211_020,
        utc: "1961-08-29T13:49:40",
    },
];

impl Birth {
    pub(super) fn request(&self) -> Value {
        let degrees = |text: &str| text.parse::<f64>().expect("it is a number");
        json!({
            "name": self.name, "date": self.date, "time": self.time, self.zone.0: self.zone.1,
            "latitude": degrees(self.latitude), "longitude": degrees(self.longitude)
        })
    }

    fn mark(&self, marks: &mut Marks) {
        for text in [self.name, self.date, self.time, self.zone.1, self.utc] {
            marks.text(text);
        }
        for word in self.name.split(' ').chain(self.zone.1.rsplit('/').take(1)) {
            marks.text(word);
        }
        for date in self.dates {
            marks.text(date);
        }
        marks.text(&self.utc[11..]);
        marks.degrees(self.latitude);
        marks.degrees(self.longitude);
        marks.instant(self.seconds);
    }
}

/// Returns the marks of everything that is secret or personal here, but of the charts.
pub(super) fn marks() -> Marks {
    let mut marks = Marks::new();
    for birth in &BIRTHS {
        birth.mark(&mut marks);
    }
    marks.text(WORD);
    marks.text(PLAIN_WORD);
    marks.text(&NUMBER.to_string());
    for secret in [SECRET, NEXT_SECRET, REDIS_PASSWORD, DATABASE_PASSWORD] {
        marks.text(secret);
    }
    marks
}

/// Marks the positions in a chart, from which its birth can be computed.
pub(super) fn mark_chart(chart: &Value, marks: &mut Marks) {
    let bodies = chart["bodies"].as_array().expect("a chart has bodies");
    let longitudes = bodies.iter().map(|body| &body["longitude"]);
    for degrees in longitudes.chain([&chart["angles"]["ascendant"]]) {
        let degrees = degrees.as_f64().expect("a longitude is a number");
        marks.degrees(&format!("{degrees:.7}"));
        marks.float("a position", degrees);
    }
}
