use super::*;

const LIMITS: Limits = Limits {
    images: Some(3),
    bytes: Some(100),
};

fn id(name: &str) -> RecordId {
    RecordId::from_name(name)
}

fn some(images: u64, original_bytes: u64, rendition_bytes: u64) -> Usage {
    Usage {
        images,
        original_bytes,
        rendition_bytes,
        incomplete: false,
    }
}

async fn read(account: &Account, usage: Option<Usage>, recorded: &[&str]) {
    let reading = account.begin_reading(Instant::now()).await;
    let recorded: Vec<_> = recorded.iter().map(|name| id(name)).collect();
    reading.unwrap().end(usage, &recorded);
    // The next one is asked for later.
    tokio::time::advance(Duration::from_millis(1)).await;
}

fn is_refused(account: &Arc<Account>, name: &str, bytes: u64) -> bool {
    matches!(
        account.claim(LIMITS, &id(name), bytes),
        Err(Error::QuotaExceeded(_))
    )
}

#[tokio::test(start_paused = true)]
async fn what_is_there_and_what_is_on_its_way_count_together() {
    let account = Arc::<Account>::default();
    read(&account, Some(some(1, 30, 20)), &[]).await;
    let first = account.claim(LIMITS, &id("a"), 40).unwrap();
    assert!(is_refused(&account, "b", 11), "40 of 50 bytes are taken");
    let second = account.claim(LIMITS, &id("b"), 10).unwrap();
    assert!(is_refused(&account, "c", 0), "there are three images");
    drop(second);
    assert_eq!(account.usage().images, 2);
    first.keep();
    assert_eq!(account.usage(), some(2, 70, 20));
    assert!(account.claim(LIMITS, &id("c"), 10).is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_image_is_not_counted_twice() {
    let account = Arc::<Account>::default();
    read(&account, Some(some(2, 0, 0)), &[]).await;
    account.claim(LIMITS, &id("a"), 10).unwrap().keep();
    // The request comes again, because its answer was lost: before there is a record, and after that.
    drop(account.claim(LIMITS, &id("a"), 10).unwrap());
    assert_eq!(account.usage().images, 3, "the room of the first stays");
    read(&account, Some(some(3, 10, 5)), &["a"]).await;
    assert_eq!(account.usage(), some(3, 10, 5));
    assert!(account.claim(LIMITS, &id("a"), 10).is_ok());
    assert!(is_refused(&account, "b", 0));
}

#[tokio::test(start_paused = true)]
async fn bytes_that_nobody_announced_count_when_they_have_come() {
    let account = Arc::<Account>::default();
    read(&account, Some(some(0, 60, 0)), &[]).await;
    let claim = account.claim(LIMITS, &id("a"), 0).unwrap();
    assert!(claim.resize(40).is_ok());
    assert!(matches!(claim.resize(41), Err(Error::QuotaExceeded(_))));
    drop(claim);
    assert_eq!(account.usage().images, 0);
}

#[tokio::test(start_paused = true)]
async fn room_is_given_back_if_nothing_comes_of_it() {
    let account = Arc::<Account>::default();
    for name in ["a", "b", "c"] {
        account.claim(LIMITS, &id(name), 1).unwrap().keep();
    }
    tokio::time::advance(LIFETIME.saturating_sub(Duration::from_secs(1))).await;
    account.renew(&id("a"));
    assert!(is_refused(&account, "d", 1));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(account.usage().images, 1);
    account.forget(&id("a"));
    assert_eq!(account.usage().images, 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_reading_leaves_the_last_one_and_is_not_repeated_at_once() {
    let account = Arc::<Account>::default();
    read(&account, Some(some(3, 0, 0)), &[]).await;
    read(&account, None, &[]).await;
    assert!(is_refused(&account, "a", 0));
    assert!(account.begin_reading(Instant::now()).await.is_none());
    tokio::time::advance(REST).await;
    assert!(account.begin_reading(Instant::now()).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_reading_is_old_after_a_while_and_after_a_deletion() {
    let account = Account::default();
    assert!(!account.was_read_within(Duration::MAX));
    read(&account, Some(some(1, 0, 0)), &[]).await;
    assert!(account.was_read_within(Duration::from_secs(1)));
    account.forget(&id("a"));
    assert!(!account.was_read_within(Duration::from_secs(1)));
    read(&account, Some(some(0, 0, 0)), &[]).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(!account.was_read_within(Duration::from_secs(1)));
}
