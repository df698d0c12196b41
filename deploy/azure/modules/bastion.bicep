// Access for operators who have no network of their own: Azure Bastion, with a small host behind it that has no public
// address. People sign in with their own Entra ID account, in the portal or with the Azure CLI's extension `bastion`.

param location string
param tags object
param suffix string
param workspaceId string
param bastionSubnetId string
param operatorsSubnetId string

@description('Object id of the group whose members may sign in at the host.')
@minLength(1)
param operatorsGroupId string

@description('SSH public key. Azure requires one for a Linux host without a password. Nobody needs the private key, which can be deleted.')
@minLength(1)
param sshPublicKey string
param hostSize string

var roles = {
  reader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')
  administratorLogin: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '1c0163c0-47e6-4577-8991-ea5c82e286e4')
}

// Azure requires a local user. Nobody signs in as this one.
var unusedName = 'unused${uniqueString(resourceGroup().id)}'

module address 'public-address.bicep' = {
  name: 'bastion-address'
  params: {
    location: location
    tags: tags
    name: 'pip-bastion-${suffix}'
    workspaceId: workspaceId
  }
}

resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {
  name: 'bas-${suffix}'
  location: location
  tags: tags
  sku: {
    // The smallest tier with which the Azure CLI can reach a host.
    name: 'Standard'
  }
  properties: {
    enableTunneling: true
    scaleUnits: 2
    disableCopyPaste: false
    enableFileCopy: false
    enableIpConnect: false
    enableShareableLink: false
    ipConfigurations: [
      {
        name: 'public'
        properties: {
          subnet: {
            id: bastionSubnetId
          }
          publicIPAddress: {
            id: address.outputs.id
          }
        }
      }
    ]
  }
}

resource interface 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'nic-operators-${suffix}'
  location: location
  tags: tags
  properties: {
    ipConfigurations: [
      {
        name: 'private'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: {
            id: operatorsSubnetId
          }
        }
      }
    ]
  }
}

resource host 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'vm-operators-${suffix}'
  location: location
  tags: tags
  identity: {
    // The extension for sign-in uses this identity with Entra ID. It has no role.
    type: 'SystemAssigned'
  }
  properties: {
    hardwareProfile: {
      vmSize: hostSize
    }
    storageProfile: {
      imageReference: {
        publisher: 'Canonical'
        offer: 'ubuntu-24_04-lts'
        sku: 'server'
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        deleteOption: 'Delete'
        managedDisk: {
          storageAccountType: 'StandardSSD_LRS'
        }
      }
    }
    osProfile: {
      computerName: 'operators'
      adminUsername: unusedName
      linuxConfiguration: {
        disablePasswordAuthentication: true
        ssh: {
          publicKeys: [
            {
              path: '/home/${unusedName}/.ssh/authorized_keys'
              keyData: sshPublicKey
            }
          ]
        }
        patchSettings: {
          patchMode: 'AutomaticByPlatform'
          assessmentMode: 'AutomaticByPlatform'
        }
      }
    }
    networkProfile: {
      networkInterfaces: [
        {
          id: interface.id
          properties: {
            deleteOption: 'Delete'
          }
        }
      ]
    }
    securityProfile: {
      securityType: 'TrustedLaunch'
      uefiSettings: {
        secureBootEnabled: true
        vTpmEnabled: true
      }
    }
  }
}

resource signIn 'Microsoft.Compute/virtualMachines/extensions@2024-07-01' = {
  parent: host
  name: 'AADSSHLoginForLinux'
  location: location
  tags: tags
  properties: {
    publisher: 'Microsoft.Azure.ActiveDirectory'
    type: 'AADSSHLoginForLinux'
    typeHandlerVersion: '1.0'
    autoUpgradeMinorVersion: true
  }
}

resource operatorsHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, operatorsGroupId, roles.administratorLogin)
  scope: host
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.administratorLogin
  }
}

// Bastion uses the rights of the person who connects to look up the host and its network interface. So operators need to be
// able to read Bastion and the interface as well.
resource operatorsBastion 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(bastion.id, operatorsGroupId, roles.reader)
  scope: bastion
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.reader
  }
}

resource operatorsInterface 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(interface.id, operatorsGroupId, roles.reader)
  scope: interface
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.reader
  }
}

// The log says who connected, from where, and to which host.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: bastion
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output bastionName string = bastion.name
output hostId string = host.id
