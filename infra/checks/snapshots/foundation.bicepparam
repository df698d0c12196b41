// The first deployment: what everything stands on.
using '../../main.bicep'

param environmentName = 'prod'
