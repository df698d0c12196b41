//! How long the mock cluster waits for more members of a new group. The default of 3 s is longer
//! than a short session lasts, and slows every start down.

use rdkafka::{
    bindings::{rd_kafka_handle_mock_cluster, rd_kafka_mock_group_initial_rebalance_delay_ms},
    producer::{BaseProducer, Producer as _},
};

const MILLISECONDS: i32 = 100;

/// Shortens the wait of the cluster that `owner` runs.
#[expect(
    unsafe_code,
    reason = "rdkafka does not wrap this function of librdkafka"
)]
pub(super) fn shorten(owner: &BaseProducer) {
    // SAFETY: the client's pointer is valid for as long as it is borrowed, and the cluster, which
    // belongs to it, for as long, too. The second function takes the cluster's own lock.
    unsafe {
        let cluster = rd_kafka_handle_mock_cluster(owner.client().native_ptr());
        if !cluster.is_null() {
            rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, MILLISECONDS);
        }
    }
}
