// Tests from several places in the world that check whether the sites answer. Like the requests of users, they go through
// the gateway. They also detect a certificate that expires, and a renewed certificate that the gateway did not load.

param location string
param tags object
param suffix string
param insightsId string
param actionGroupId string

@description('Sites behind the gateway: name and hostName.')
param sites array

// The names of Application Insights for Amsterdam, London, Virginia, California and Singapore. Microsoft advises
// five places, and an alert if at least three of them get no answer, because one place may have a problem of its own.
var places = [
  'emea-nl-ams-azr'
  'emea-ru-msa-edge'
  'us-va-ash-azr'
  'us-ca-sjc-azr'
  'apac-sg-sin-azr'
]

var kinds = [
  {
    name: 'site-away'
    description: 'The site does not answer at /healthz, seen from several places in the world.'
    severity: 1
    places: places
    seconds: 300
    window: 'PT5M'
    failed: 3
  }
  // Thirty days are enough time to renew a certificate.
  {
    name: 'certificate-expiry'
    description: 'The certificate of the site has expired, or expires within thirty days.'
    severity: 2
    places: take(places, 1)
    seconds: 900
    window: 'PT30M'
    failed: 1
    daysLeft: 30
  }
]

var tests = flatten(map(sites, site => map(kinds, kind => union(kind, { site: site.name, host: site.hostName }))))

resource checks 'Microsoft.Insights/webtests@2022-06-15' = [for test in tests: {
  name: 'test-${test.name}-${test.site}-${suffix}'
  location: location
  // Application Insights shows the tests that have this tag.
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    Kind: 'standard'
    Name: '${test.name}-${test.site}'
    SyntheticMonitorId: 'test-${test.name}-${test.site}-${suffix}'
    Enabled: true
    Frequency: test.seconds
    Timeout: 30
    RetryEnabled: true
    Locations: map(test.places, place => { Id: place })
    Request: {
      RequestUrl: 'https://${test.host}/healthz'
      HttpVerb: 'GET'
      FollowRedirects: false
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: contains(test, 'daysLeft')
      SSLCertRemainingLifetimeCheck: test.?daysLeft
    }
  }
}]

resource alerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (test, index) in tests: {
  name: 'alert-${test.name}-${test.site}-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: test.description
    enabled: true
    severity: test.severity
    scopes: [
      checks[index].id
      insightsId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: test.window
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: checks[index].id
      componentId: insightsId
      failedLocationCount: test.failed
    }
    autoMitigate: true
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]
