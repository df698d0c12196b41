// What the web application firewall lets through: everything that Microsoft's managed rules find nothing in, and photos.

param location string
param tags object
param suffix string

// App Service splits a large session into several cookies, whose names have a number at the end.
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

// A photo is the whole body of one request, or in blocks of several. The managed rules refuse content types such as
// image/jpeg, and what they find in pixels is chance. So two kinds of requests pass them, as narrow as they can be said:
// - a POST to exactly one path, with a query of the characters that URLs encode text by, and a body that says that it is an
//   image, or bytes; a form of the same path is inspected as any other form;
// - a PUT of a block to the addresses of blocks, without a query, and with a body that says that it is bytes;
// - both with a session's cookie or a token, one of which every upload has.
// What the managed rules then do not look at: the photo, the decoded text of the query, and the other headers. Whether the
// cookie or the token is good is not known here: somebody who makes one up reaches App Service, which sends them to sign in
// before the application sees anything. The application decides by the bytes what is an image, and shows texts as texts.
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

// The conditions of a rule hold all together, so there is a rule for each kind of request with each kind of credential.
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
      // 2,000 KB is the most that can be set here, and it would hold for every body that is no form: a photo that the
      // page sends is larger. App Service signs people in first, and the application limits what it takes.
      requestBodyEnforcement: false
      maxRequestBodySizeInKb: 2000
      // A form of several photos is one upload; the application has its own limit for each file.
      fileUploadEnforcement: true
      fileUploadLimitInMb: 512
    }
    managedRules: {
      // What sign-in sends looks like an attack to the rules: random text in the session's cookie, and in the fields of
      // the answer that comes back from Entra ID. The rest of those requests is inspected as any other.
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
        // Above what the application allows one user.
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
            // Everybody: whoever is not the one address that nobody has.
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
