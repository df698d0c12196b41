// One page about everything: uploads, work, what waits and what was given up, database and gateway.

param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // Azure takes nothing but a GUID for a name.
  name: guid(workspaceId, 'darkroom')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Darkroom'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: replace(string(loadJsonContent('../workbook.json')), '@@WORKSPACE@@', workspaceId)
  }
}

output id string = workbook.id
