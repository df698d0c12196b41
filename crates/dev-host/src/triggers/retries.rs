//! The attempts at one event under the retry policy of its function.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Runtime;
use crate::{
    expressions::BindingData,
    invocation::{InvocationError, RunnableFunction},
    payload::Payload,
    script_root::RetryPolicy,
};

/// The code that .NET gives every exception without its own code (`COR_E_EXCEPTION`).
const NO_CODE_OF_ITS_OWN: i32 = -2_146_233_088;

/// The attempts at one event. For the host all of them are one invocation.
pub(super) struct Tries<'a> {
    policy: Option<&'a RetryPolicy>,
    function: &'a str,
    pub(super) id: Uuid,
    retry: u32,
    /// Why the last attempt failed, as the handler is told.
    exception: Value,
}

impl<'a> Tries<'a> {
    pub(super) fn new(policy: Option<&'a RetryPolicy>, function: &'a str) -> Self {
        Self {
            policy,
            function,
            id: Uuid::new_v4(),
            retry: 0,
            exception: Value::Null,
        }
    }

    /// Describes the policy for the next attempt, if there is one.
    pub(super) fn describe(&self, data: &mut BindingData) {
        if let Some(policy) = self.policy {
            let context = json!({
                "RetryCount": self.retry,
                "MaxRetryCount": policy.max_retry_count,
                "Exception": self.exception,
                "Instance": null,
                "State": {},
            });
            data.insert("RetryContext".into(), context);
        }
    }

    /// Records a failed attempt. Returns the pause before the next one, if there is one.
    pub(super) fn failed(&mut self, error: &InvocationError) -> Option<Duration> {
        self.retry += 1;
        self.exception = exception(self.function, self.id, error);
        self.policy?.pause_before(self.retry)
    }
}

/// Calls the function for an event until it succeeds, or is not tried again. `data` describes the event for each
/// attempt, and `payload` makes its body from it.
pub(super) async fn call(
    runtime: &Runtime,
    function: &RunnableFunction,
    policy: Option<&RetryPolicy>,
    reason: &str,
    data: &BindingData,
    payload: impl Fn(&BindingData) -> Payload,
) -> Result<(), InvocationError> {
    let mut tries = Tries::new(policy, &function.name);
    loop {
        let mut data = data.clone();
        tries.describe(&mut data);
        let body = payload(&data);
        let call = runtime
            .invoker
            .invoke_as(tries.id, function, reason, body, &data);
        let Err(error) = call.await else {
            return Ok(());
        };
        match tries.failed(&error) {
            Some(pause) if !error.is_handler_gone() => tokio::time::sleep(pause).await,
            _ => return Err(error),
        }
    }
}

/// The exception of a failed attempt, as Newtonsoft.Json writes it.
fn exception(function: &str, id: Uuid, error: &InvocationError) -> Value {
    json!({
        "InstanceId": id.to_string(),
        "MethodName": format!("Host.Functions.{function}"),
        "Handled": false,
        "ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
        "Message": format!("Exception while executing function: Functions.{function}"),
        "Data": null,
        "InnerException": inner_exception(error),
        "HelpURL": null,
        "StackTraceString": "",
        "RemoteStackTraceString": null,
        "RemoteStackIndex": 0,
        "ExceptionMethod": null,
        "HResult": NO_CODE_OF_ITS_OWN,
        "Source": "System.Private.CoreLib",
        "WatsonBuckets": null,
    })
}

/// The inner exception. A refusal by the handler is an exception of .NET's HTTP client; for everything else the message
/// is this host's own.
fn inner_exception(error: &InvocationError) -> Value {
    let Some(status) = error.status() else {
        return json!({
            "ClassName": "System.InvalidOperationException",
            "Message": error.to_string(),
            "Data": null,
            "InnerException": null,
            "HelpURL": null,
            "StackTraceString": "",
            "RemoteStackTraceString": null,
            "RemoteStackIndex": 0,
            "ExceptionMethod": null,
            "HResult": NO_CODE_OF_ITS_OWN,
            "Source": "Microsoft.Azure.WebJobs.Script",
            "WatsonBuckets": null,
        });
    };
    json!({
        "HttpRequestError": 0,
        "StatusCode": status.as_u16(),
        "Message": format!(
            "Response status code does not indicate success: {} ({}).",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default()
        ),
        "Data": {},
        "InnerException": null,
        "HelpLink": null,
        "Source": "System.Net.Http",
        "HResult": NO_CODE_OF_ITS_OWN,
        "StackTrace": "",
    })
}
