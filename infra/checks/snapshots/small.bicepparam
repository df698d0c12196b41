// Flow A with every number at its least, and the shortest names.
using '../../main.bicep'

param environmentName = 'd'
param deployApps = true
param maximumInstances = 1
param retentionDays = 1
param storageSku = 'Standard_LRS'
param webImage = 'w:1'
param webMaximumInstances = 1
param entraClientId = '00000000-0000-0000-0000-000000000001'
param networkOctet = 0
