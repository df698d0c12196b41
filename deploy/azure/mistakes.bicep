// Rules for the settings that their types cannot express. All mistakes are reported at once, before anything is created.

import { Settings } from 'types.bicep'
import * as choices from 'choices.bicep'

@export()
@description('One sentence for each combination of settings that cannot work.')
func mistakes(settings Settings, location string) string[] => map(filter([
  {
    wrong: choices.applications(settings) && (empty(settings.web.?entraClientId ?? '') || startsWith(settings.web.?entraClientId ?? '', '00000000-0000-0000-0000-000000000000'))
    text: 'web.entraClientId is missing: deploy/azure/sign-in.sh creates the app registration for sign-in.'
  }
  {
    wrong: choices.applications(settings) && choices.webContainer(settings) && empty(settings.web.?image ?? '')
    text: 'web.image is missing: it names the image of the web application in the registry.'
  }
  {
    wrong: choices.applications(settings) && choices.plan(settings) == 'premium' && empty(settings.?functions.?image ?? '')
    text: 'functions.image is missing: Elastic Premium runs the handler as a container.'
  }
  {
    wrong: choices.webMinimumInstances(settings) > choices.webMaximumInstances(settings)
    text: 'web.minimumInstances is greater than web.maximumInstances.'
  }
  {
    wrong: choices.zoneRedundant(settings) && choices.webMaximumInstances(settings) < 2
    text: 'web.maximumInstances is 1: several zones need two instances.'
  }
  {
    wrong: choices.zoneRedundant(settings) && choices.webSku(settings) == 'B1'
    text: 'web.sku is B1, which cannot be spread over zones: use P0v3.'
  }
  {
    wrong: (choices.withNetwork(settings) || choices.webMaximumInstances(settings) > 1) && choices.webSku(settings) == 'B1'
    text: 'web.sku is B1, which supports only a single instance with a public endpoint: use P0v3, or set web.maximumInstances to 1 and leave privateNetwork out.'
  }
  {
    wrong: settings.web.package == 'zip' && contains(settings, 'kafka')
    text: 'web.package is zip, which supports flow A only: use container for Kafka.'
  }
  {
    wrong: settings.web.package == 'zip' && choices.withNetwork(settings)
    text: 'web.package is zip, but the deployment endpoint of a private web application cannot be reached: use container.'
  }
  {
    wrong: choices.alwaysReady(settings) > choices.maximumInstances(settings)
    text: 'functions.alwaysReady is greater than functions.maximumInstances.'
  }
  {
    wrong: choices.plan(settings) == 'premium' && choices.alwaysReady(settings) > 20
    text: 'functions.alwaysReady is greater than 20, the maximum of Elastic Premium.'
  }
  {
    wrong: choices.databaseThroughput(settings) % 1000 != 0
    text: 'database.maxThroughput is not a multiple of 1000.'
  }
  {
    wrong: !empty(settings.?database.?secondaryLocation ?? '') && choices.databaseCapacity(settings) == 'serverless'
    text: 'database.secondaryLocation is set, but a serverless database has only one region: use autoscale.'
  }
  {
    wrong: choices.place(settings.?database.?secondaryLocation ?? '') == choices.place(location)
    text: 'database.secondaryLocation is the same region as the primary one.'
  }
  {
    wrong: choices.kafkaTrigger(settings) && empty(settings.?kafka.?consumerUsername ?? '')
    text: 'kafka.consumerUsername is missing: the trigger uses it to sign in to the cluster.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'kafka' && (!contains(settings, 'kafka') || empty(settings.?kafka.?consumerUsername ?? ''))
    text: 'kafka.consumerUsername is missing: the function app uses it to write image events to Kafka.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'webhook' && !startsWith(choices.imageEvents(settings).?url ?? '', 'https://')
    text: 'events.url does not begin with https://.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'webhook' && choices.withNetwork(settings) && empty(choices.imageEvents(settings).?destinations ?? [])
    text: 'events.destinations is empty: the private network allows outgoing connections only to addresses that are named.'
  }
  {
    wrong: choices.kafkaConsumer(settings) == 'connector' && empty(settings.?kafka.?connectorAddresses ?? [])
    text: 'kafka.connectorAddresses is empty, so the function app would refuse the calls of the connector.'
  }
  {
    wrong: contains(settings, 'kafka') && contains(settings, 'gateway') && empty(settings.?gateway.?kafkaHostName ?? '')
    text: 'gateway.kafkaHostName is missing: it is the public host name of flow B.'
  }
  {
    wrong: contains(settings, 'gateway') && !choices.withNetwork(settings)
    text: 'gateway needs privateNetwork.'
  }
  {
    wrong: choices.applications(settings) && choices.withNetwork(settings) && !contains(settings, 'gateway')
    text: 'gateway is missing: without it, nobody can reach the web applications in a private network.'
  }
  {
    wrong: contains(settings.?kafka ?? {}, 'privateLink') && !choices.withNetwork(settings)
    text: 'kafka.privateLink needs privateNetwork.'
  }
  {
    wrong: (settings.?gateway.?minimumCapacity ?? 2) > (settings.?gateway.?maximumCapacity ?? 10)
    text: 'gateway.minimumCapacity is greater than gateway.maximumCapacity.'
  }
  {
    wrong: choices.wayIn(settings).kind == 'bastion' && empty(settings.?people.?operatorsGroupId ?? '')
    text: 'people.operatorsGroupId is missing: its members sign in at the host behind Bastion.'
  }
  {
    wrong: (settings.?operations.?availabilityTest ?? false) && !contains(settings, 'gateway')
    text: 'operations.availabilityTest needs gateway, because it tests the sites behind it.'
  }
], mistake => mistake.wrong), mistake => mistake.text)
