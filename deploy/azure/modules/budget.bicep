// Sends a mail when the resource group costs more than intended. It does not stop anything.

@description('The intended maximum of the monthly costs, in the billing currency of the subscription.')
@minValue(1)
param amount int

@description('Addresses that get a mail when the costs reach 80 and 100 percent of the amount, and when they are forecast to reach 100 percent.')
@minLength(1)
param emails array

@description('First day of the month in which the budget is first deployed, for example 2026-12-01. Azure accepts no other start date for a new budget, and does not allow a later change.')
@minLength(10)
@maxLength(10)
param start string

var levels = [
  { name: 'most', type: 'Actual', percent: 80 }
  { name: 'all', type: 'Actual', percent: 100 }
  { name: 'expected', type: 'Forecasted', percent: 100 }
]

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'darkroom'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: toObject(levels, level => level.name, level => {
      enabled: true
      operator: 'GreaterThanOrEqualTo'
      threshold: level.percent
      thresholdType: level.type
      contactEmails: emails
    })
  }
}
