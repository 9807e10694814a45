use cached_runtime::redis_cached;

struct Session {
    user_id: u64,
}

#[redis_cached(ttl = "10m", key = session.user_id)]
async fn orders(session: &Session, user_id: u64) -> String {
    format!("{} {user_id}", session.user_id)
}

fn main() {}
