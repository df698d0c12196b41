// What the types of the settings cannot say. All mistakes are reported at once, before anything is created.

import { Settings } from 'types.bicep'
import * as choices from 'choices.bicep'

@export()
@description('One sentence for each combination of settings that cannot work.')
func mistakes(settings Settings, location string) string[] => map(filter([
  {
    wrong: choices.applications(settings) && (empty(settings.web.?entraClientId ?? '') || startsWith(settings.web.?entraClientId ?? '', '00000000-0000-0000-0000-000000000000'))
    text: 'web.entraClientId is missing: deploy/azure/sign-in.sh makes the registration that people sign in to.'
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
    text: 'web.minimumInstances is over web.maximumInstances.'
  }
  {
    wrong: choices.zoneRedundant(settings) && choices.webMaximumInstances(settings) < 2
    text: 'web.maximumInstances is 1: several zones need two instances.'
  }
  {
    wrong: choices.zoneRedundant(settings) && choices.webSku(settings) == 'B1'
    text: 'web.sku is B1, which cannot be spread over zones: take P0v3.'
  }
  {
    wrong: (choices.withNetwork(settings) || choices.webMaximumInstances(settings) > 1) && choices.webSku(settings) == 'B1'
    text: 'web.sku is B1, which is for one public instance: take P0v3, or set web.maximumInstances to 1 and leave privateNetwork out.'
  }
  {
    wrong: settings.web.package == 'zip' && contains(settings, 'kafka')
    text: 'web.package is zip, which serves flow A only: take container for Kafka.'
  }
  {
    wrong: settings.web.package == 'zip' && choices.withNetwork(settings)
    text: 'web.package is zip, and nobody reaches the deployment endpoint of a private web application: take container.'
  }
  {
    wrong: choices.alwaysReady(settings) > choices.maximumInstances(settings)
    text: 'functions.alwaysReady is over functions.maximumInstances.'
  }
  {
    wrong: choices.plan(settings) == 'premium' && choices.alwaysReady(settings) > 20
    text: 'functions.alwaysReady is over 20, the most that Elastic Premium keeps ready.'
  }
  {
    wrong: choices.databaseThroughput(settings) % 1000 != 0
    text: 'database.maxThroughput is no multiple of 1000.'
  }
  {
    wrong: !empty(settings.?database.?secondaryLocation ?? '') && choices.databaseCapacity(settings) == 'serverless'
    text: 'database.secondaryLocation is set, and a serverless database has one region: take autoscale.'
  }
  {
    wrong: choices.place(settings.?database.?secondaryLocation ?? '') == choices.place(location)
    text: 'database.secondaryLocation is the location of everything else.'
  }
  {
    wrong: choices.kafkaTrigger(settings) && empty(settings.?kafka.?consumerUsername ?? '')
    text: 'kafka.consumerUsername is missing: the trigger signs in with it.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'kafka' && (!contains(settings, 'kafka') || empty(settings.?kafka.?consumerUsername ?? ''))
    text: 'kafka.consumerUsername is missing: events go to Kafka with it.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'webhook' && !startsWith(choices.imageEvents(settings).?url ?? '', 'https://')
    text: 'events.url does not begin with https://.'
  }
  {
    wrong: choices.imageEvents(settings).kind == 'webhook' && choices.withNetwork(settings) && empty(choices.imageEvents(settings).?destinations ?? [])
    text: 'events.destinations is empty: the private network lets nothing out to an address that is not named.'
  }
  {
    wrong: choices.kafkaConsumer(settings) == 'connector' && empty(settings.?kafka.?connectorAddresses ?? [])
    text: 'kafka.connectorAddresses is empty, so the function app would refuse Confluent\'s connector.'
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
    text: 'gateway is missing: in a private network nobody reaches the web applications without it.'
  }
  {
    wrong: contains(settings.?kafka ?? {}, 'privateLink') && !choices.withNetwork(settings)
    text: 'kafka.privateLink needs privateNetwork.'
  }
  {
    wrong: (settings.?gateway.?minimumCapacity ?? 2) > (settings.?gateway.?maximumCapacity ?? 10)
    text: 'gateway.minimumCapacity is over gateway.maximumCapacity.'
  }
  {
    wrong: choices.wayIn(settings).kind == 'bastion' && empty(settings.?people.?operatorsGroupId ?? '')
    text: 'people.operatorsGroupId is missing: its members sign in at the host behind Bastion.'
  }
  {
    wrong: (settings.?operations.?availabilityTest ?? false) && !contains(settings, 'gateway')
    text: 'operations.availabilityTest needs a gateway to ask.'
  }
], mistake => mistake.wrong), mistake => mistake.text)
