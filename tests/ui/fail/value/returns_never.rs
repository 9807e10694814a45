use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn serve(port: u16) -> ! {
    loop {
        println!("{port}");
    }
}

fn main() {}
