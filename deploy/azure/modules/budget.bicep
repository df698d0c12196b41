// Sends a mail when the resource group costs more than intended. It does not stop anything.

@description('The most that a month should cost, in the currency of the subscription\'s bill.')
@minValue(1)
param amount int

@description('Addresses that get a mail at 80 percent, at 100 percent, and when 100 percent is to be expected.')
@minLength(1)
param emails array

@description('First day of the month in which the budget is first deployed, such as 2026-12-01. Azure accepts no other start for a new budget, and no later change.')
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
