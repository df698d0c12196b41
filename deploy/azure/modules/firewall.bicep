// The web application firewall. It allows the requests that Microsoft's managed rules allow, and uploads of photos.

param location string
param tags object
param suffix string

// App Service splits a large session into several cookies, whose names end with a number.
var cookies = [
  {
    matchVariable: 'RequestCookieValues'
    selectorMatchOperator: 'StartsWith'
    selector: 'AppServiceAuthSession'
  }
]

var arguments = [for name in ['id_token', 'code', 'state', 'session_state']: {
  matchVariable: 'RequestArgValues'
  selectorMatchOperator: 'Equals'
  selector: name
}]

// A photo is the whole body of one request, or its blocks are the bodies of several. The managed rules refuse content types
// such as image/jpeg, and match pixels only by chance. So two kinds of requests bypass them, defined as narrowly as
// possible:
// - a POST to exactly one path, with a query of URL-encoded text, and an image or bytes as its content type. A form that is
//   sent to the same path is inspected like any other form;
// - a PUT of a block to the addresses of blocks, without a query, and with bytes as its content type.
// Both need a session cookie or a token, which every upload has. The managed rules do not inspect the photo, the decoded
// text of the query, and the other headers of these requests. The firewall cannot check the cookie or the token. A request
// with an invented one reaches App Service, which asks for sign-in before the application gets it. The application
// recognises an image by its bytes, and escapes texts when it shows them.
var uploads = [
  {
    name: 'Uploads'
    method: 'POST'
    path: '/api/v1/images([?]([A-Za-z0-9*._~+&=-]|%[0-9A-Fa-f]{2})*)?'
    types: 'image/[A-Za-z0-9.+-]+|application/octet-stream'
  }
  {
    name: 'Blocks'
    method: 'PUT'
    path: '/api/v1/uploads/[A-Za-z0-9_.-]+/blocks/[0-9]+'
    types: 'application/octet-stream'
  }
]

var credentials = [
  {
    name: 'Session'
    header: 'Cookie'
    pattern: '(^|; *)AppServiceAuthSession[0-9]*=[A-Za-z0-9%+/=_.-]+'
  }
  {
    name: 'Token'
    header: 'Authorization'
    pattern: '^Bearer [A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$'
  }
]

// All conditions of a rule must be met, so there is one rule for each kind of request with each kind of credential.
var allowUploads = flatten(map(uploads, (upload, kind) => map(credentials, (credential, index) => {
  name: 'Allow${upload.name}With${credential.name}'
  priority: 20 + kind * length(credentials) + index
  ruleType: 'MatchRule'
  action: 'Allow'
  matchConditions: [
    {
      matchVariables: [
        {
          variableName: 'RequestMethod'
        }
      ]
      operator: 'Equal'
      negationConditon: false
      matchValues: [
        upload.method
      ]
    }
    {
      matchVariables: [
        {
          variableName: 'RequestUri'
        }
      ]
      operator: 'Regex'
      negationConditon: false
      matchValues: [
        '^(https?://[A-Za-z0-9.-]+(:[0-9]+)?)?${upload.path}$'
      ]
    }
    {
      matchVariables: [
        {
          variableName: 'RequestHeaders'
          selector: 'Content-Type'
        }
      ]
      operator: 'Regex'
      negationConditon: false
      matchValues: [
        '^(${upload.types})$'
      ]
    }
    {
      matchVariables: [
        {
          variableName: 'RequestHeaders'
          selector: credential.header
        }
      ]
      operator: 'Regex'
      negationConditon: false
      matchValues: [
        credential.pattern
      ]
    }
  ]
})))

resource firewall 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies@2024-05-01' = {
  name: 'waf-${suffix}'
  location: location
  tags: tags
  properties: {
    policySettings: {
      state: 'Enabled'
      mode: 'Prevention'
      requestBodyCheck: true
      requestBodyInspectLimitInKB: 128
      // The maximum is 2,000 KB. It would apply to every body that is not a form, and photos are larger. App Service requires
      // sign-in first, and the application limits the size of what it accepts.
      requestBodyEnforcement: false
      maxRequestBodySizeInKb: 2000
      // A form with several photos is one upload. The application has its own limit for each file.
      fileUploadEnforcement: true
      fileUploadLimitInMb: 512
    }
    managedRules: {
      // The rules mistake some values of the sign-in for an attack: the random text in the session cookie and in the fields
      // of the answer from Entra ID. The rest of these requests is inspected like any other.
      exclusions: concat(cookies, arguments)
      managedRuleSets: [
        {
          ruleSetType: 'Microsoft_DefaultRuleSet'
          ruleSetVersion: '2.1'
        }
        {
          ruleSetType: 'Microsoft_BotManagerRuleSet'
          ruleSetVersion: '1.1'
        }
      ]
    }
    customRules: concat([
      {
        name: 'LimitRate'
        priority: 10
        ruleType: 'RateLimitRule'
        action: 'Block'
        rateLimitDuration: 'OneMin'
        // This is more than the application allows one user.
        rateLimitThreshold: 12000
        groupByUserSession: [
          {
            groupByVariables: [
              {
                variableName: 'ClientAddr'
              }
            ]
          }
        ]
        matchConditions: [
          {
            matchVariables: [
              {
                variableName: 'RemoteAddr'
              }
            ]
            // This matches all addresses except one that nobody has.
            operator: 'IPMatch'
            negationConditon: true
            matchValues: [
              '255.255.255.255/32'
            ]
          }
        ]
      }
    ], allowUploads)
  }
}

output id string = firewall.id
