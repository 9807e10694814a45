//! Sends the service marked data, in their places and everywhere else.

use std::net::SocketAddr;

use cached_tests::app::{CHART, Program};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Written;
use super::births::{BIRTHS, Birth, NUMBER, PLAIN_WORD, WORD};

/// A client of the service that keeps what it is answered.
pub(super) struct Client<'a> {
    pub(super) program: &'a mut Program,
    pub(super) written: &'a mut Written,
}

impl Client<'_> {
    /// Sends a request that reaches the routes. The answer is kept, but for a chart, which goes to whoever asked.
    pub(super) async fn send(&mut self, request: RequestBuilder) -> (u16, Option<String>, String) {
        let response: Response = request.send().await.expect("an answer comes");
        // Reads the log too, which would fill its pipe.
        self.program.logged("answered").await;
        let status = response.status().as_u16();
        let mut headers = response.headers().clone();
        headers.remove("date");
        let cache = headers.get("x-cache-status");
        let cache = cache.map(|word| word.to_str().expect("it is text").to_owned());
        let body = response.text().await.expect("the answer is whole");
        self.written
            .add("the headers of an answer", format!("{headers:?}"));
        if status != 200 || !body.starts_with(r#"{"input""#) {
            self.written.add("the body of an answer", body.clone());
        }
        (status, cache, body)
    }

    pub(super) async fn chart(&mut self, birth: &Value) -> (u16, Option<String>, String) {
        let request = self.program.request(Method::POST, CHART).json(birth);
        self.send(request).await
    }

    pub(super) async fn assert_chart(&mut self, birth: &Birth, cache: &str) -> Value {
        let (status, outcome, body) = self.chart(&birth.request()).await;
        assert_eq!((status, outcome.as_deref()), (200, Some(cache)), "{body}");
        assert!(body.contains(birth.utc), "{body}");
        serde_json::from_str(&body).expect("a chart is JSON")
    }

    /// Sends marked data in every place of a request where they do not belong.
    pub(super) async fn send_everything_wrong(&mut self) {
        let birth = &BIRTHS[0];
        let whole = birth.request();
        for field in [
            "name",
            "date",
            "time",
            "timezone",
            "latitude",
            "longitude",
            "fold",
            "house_system",
            "utc_offset",
        ] {
            for value in [
                json!(WORD),
                json!(NUMBER),
                json!(birth.utc),
                json!([WORD, birth.date]),
                json!({WORD: NUMBER}),
                json!(PLAIN_WORD.repeat(30)),
                json!(null),
            ] {
                let mut body = whole.clone();
                body[field] = value;
                self.chart(&body).await;
            }
        }
        for (field, value) in [
            ("date", json!("1987-04-31")),
            ("date", json!("2987-04-13")),
            ("time", json!("03:11:47.123")),
            ("latitude", json!(-154.807_194_3)),
            ("house_system", json!("koch")),
            (WORD, json!(birth.name)),
            (PLAIN_WORD, json!(birth.name)),
            ("geburtsort", json!(birth.zone.1)),
        ] {
            let mut body = whole.clone();
            body[field] = value;
            self.chart(&body).await;
        }
        // A time that there was not, and one that there was twice.
        for (date, time) in [("1987-04-05", "02:11:47"), ("1987-10-25", "01:11:47")] {
            let mut body = whole.clone();
            body["timezone"] = json!("America/New_York");
            body["date"] = json!(date);
            body["time"] = json!(time);
            let (status, ..) = self.chart(&body).await;
            assert_eq!(status, 422);
        }

        self.send_no_json().await;
        self.send_stray_texts().await;
    }

    /// Sends bodies that are not one JSON object.
    async fn send_no_json(&mut self) {
        let text = BIRTHS[0].request().to_string();
        let oversize = format!("{{\"name\": \"{}\", {}", WORD.repeat(4_000), &text[1..]);
        let twice = text.replace('{', &format!("{{\"name\": \"{WORD}\","));
        let bad_utf8 = [text.as_bytes(), b"\xff"].concat();
        for body in [
            &text.as_bytes()[..text.len() - 5],
            &text.as_bytes()[1..],
            format!("[{text}]").as_bytes(),
            WORD.as_bytes(),
            oversize.as_bytes(),
            twice.as_bytes(),
            &bad_utf8,
        ] {
            let request = self.program.request(Method::POST, CHART);
            let request = request.header("content-type", "application/json");
            let (status, ..) = self.send(request.body(body.to_vec())).await;
            assert!((400..500).contains(&status), "{status}");
        }
    }

    /// Sends marked data in paths, queries, methods and headers.
    async fn send_stray_texts(&mut self) {
        let whole = BIRTHS[0].request();
        let query = "?name=Zyxomma%20Quellh%C3%B6rst&date=1987-04-13&place=Xanthorrhoea";
        for (method, path) in [
            (Method::POST, format!("{CHART}{query}")),
            (Method::GET, format!("{CHART}{query}")),
            (Method::DELETE, format!("{CHART}/{PLAIN_WORD}")),
            (Method::GET, format!("/{PLAIN_WORD}/1987-04-13{query}")),
            (Method::GET, format!("/healthz{query}")),
            (Method::HEAD, format!("/readyz{query}")),
            (Method::OPTIONS, format!("/openapi.json{query}")),
            (
                Method::from_bytes(b"XANTHORRHOEA").expect("it is a method"),
                CHART.to_owned(),
            ),
        ] {
            let mut request = self.program.request(method, &path).json(&whole);
            for header in [
                "x-request-id",
                "cookie",
                "authorization",
                "user-agent",
                "referer",
                "origin",
                "traceparent",
                "tracestate",
                "baggage",
                "x-forwarded-for",
                "accept",
                "accept-language",
                "if-none-match",
                "xanthorrhoea",
            ] {
                request = request.header(header, format!("{PLAIN_WORD}; born=1987-04-13"));
            }
            self.send(request).await;
        }
        for (header, value) in [
            ("content-type", "text/xanthorrhoea"),
            ("content-encoding", PLAIN_WORD),
        ] {
            let request = self
                .program
                .request(Method::POST, CHART)
                .body(whole.to_string());
            self.send(request.header(header, value)).await;
        }
    }

    /// Asks every route for operators for what it tells, and sends marked data where they do not belong.
    pub(super) async fn ask_as_operator(&mut self) {
        let ask = self.program.admin_request(Method::GET, "/metrics");
        let (status, _, metrics) = self.send(ask).await;
        assert!(
            status == 200 && metrics.contains("http_requests"),
            "{metrics}"
        );
        let ask = self.program.admin_request(Method::GET, "/cache");
        let (status, _, cache) = self.send(ask).await;
        assert!(
            status == 200 && cache.contains("natal::calculate_chart"),
            "{cache}"
        );

        let name = "/cache/functions/natal::calculate_chart/enabled";
        let enabled = json!({"enabled": true});
        for path in ["/cache/enabled", name] {
            let put = self.program.admin_request(Method::PUT, path);
            let (status, _, body) = self.send(put.json(&enabled)).await;
            assert_eq!(status, 200, "{body}");
        }
        let stray = format!("/cache/functions/{PLAIN_WORD}/enabled");
        let nowhere = format!("/{PLAIN_WORD}/1987-04-13");
        let query = format!("/cache?name={PLAIN_WORD}&date=1987-04-13");
        for (method, path, body) in [
            (Method::PUT, "/cache/enabled", json!({"enabled": WORD})),
            (Method::PUT, "/cache/enabled", json!({WORD: NUMBER})),
            (Method::PUT, name, BIRTHS[0].request()),
            (Method::PUT, &stray, enabled),
            (Method::GET, &query, BIRTHS[0].request()),
            (Method::DELETE, &nowhere, BIRTHS[0].request()),
        ] {
            let request = self.program.admin_request(method, path).json(&body);
            self.send(request).await;
        }
        for header in [
            "origin",
            "host",
            "user-agent",
            "traceparent",
            "x-request-id",
        ] {
            let request = self.program.admin_request(Method::GET, "/cache");
            self.send(request.header(header, PLAIN_WORD)).await;
        }
    }

    /// Sends what is no request, or half of one.
    pub(super) async fn send_no_requests(&mut self) {
        let address = self.program.address();
        for sent in [
            format!("{WORD}\r\n\r\n"),
            format!("GET /{PLAIN_WORD} HTTP/9.9\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nhost: x\r\n{WORD}\r\n\r\n"),
            format!(
                "GET / HTTP/1.1\r\nhost: x\r\nborn: {}\r\n\r\n",
                PLAIN_WORD.repeat(50_000)
            ),
            format!("POST {CHART} HTTP/1.1\r\nhost: x\r\ncontent-length: {PLAIN_WORD}\r\n\r\n"),
            format!(
                "POST {CHART} HTTP/1.1\r\nhost: x\r\ncontent-length: 999\r\n\r\n{}",
                BIRTHS[0].request()
            ),
            format!(
                "POST {CHART} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{WORD}\r\n"
            ),
        ] {
            let answer = exchange(address, sent.as_bytes()).await;
            self.written.add("the answer to no request", answer);
        }
    }
}

/// Sends bytes, closes that side, and returns what comes back.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // The service may hang up in the middle.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}
