// A workbook with charts of uploads, processing, waiting and failed messages, the database and the gateway.

param location string
param tags object
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // Azure requires a GUID as the name.
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
