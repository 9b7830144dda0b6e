import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { maskText, put } from '../json/attributes.ts';
import { firstOf, str } from '../json/values.ts';
import { HIDDEN } from './cloudtrail-identity.ts';

/**
 * Parameters that name what a call is about, the most telling first, and its type as CloudTrail names types. With a service the type is only of its calls: the
 * parameters of others have the same names. Without a type it is the service.
 */
const NAMING: readonly (readonly [name: string, type: string, service?: string])[] = [
  ['secretId', 'AWS::SecretsManager::Secret'], ['functionName', 'AWS::Lambda::Function'], ['tableName', 'AWS::DynamoDB::Table'],
  ['keyId', 'AWS::KMS::Key'], ['userName', 'AWS::IAM::User', 'iam'], ['roleArn', 'AWS::IAM::Role'], ['roleName', 'AWS::IAM::Role', 'iam'],
  ['groupName', 'AWS::IAM::Group', 'iam'], ['policyArn', 'AWS::IAM::Policy', 'iam'], ['policyName', 'AWS::IAM::Policy', 'iam'],
  ['instanceProfileName', 'AWS::IAM::InstanceProfile'], ['virtualMFADeviceName', 'AWS::IAM::VirtualMFADevice'], ['targetPrincipal', ''],
  ['instanceId', 'AWS::EC2::Instance'], ['groupId', 'AWS::EC2::SecurityGroup', 'ec2'], ['volumeId', 'AWS::EC2::Volume'],
  ['snapshotId', 'AWS::EC2::Snapshot', 'ec2'], ['sourceSnapshotId', 'AWS::EC2::Snapshot', 'ec2'], ['imageId', 'AWS::EC2::Image', 'ec2'],
  ['keyName', 'AWS::EC2::KeyPair', 'ec2'], ['internetGatewayId', 'AWS::EC2::InternetGateway'], ['routeTableId', 'AWS::EC2::RouteTable'],
  ['networkAclId', 'AWS::EC2::NetworkAcl'], ['networkInterfaceId', 'AWS::EC2::NetworkInterface'], ['subnetId', 'AWS::EC2::Subnet', 'ec2'],
  ['flowLogId', 'AWS::EC2::FlowLog'], ['vpcEndpointId', 'AWS::EC2::VPCEndpoint'], ['allocationId', 'AWS::EC2::EIP'],
  ['launchTemplateId', 'AWS::EC2::LaunchTemplate'], ['vpcId', 'AWS::EC2::VPC'], ['instanceIds', 'AWS::EC2::Instance'],
  ['dBInstanceIdentifier', 'AWS::RDS::DBInstance'], ['dBClusterIdentifier', 'AWS::RDS::DBCluster'],
  ['dBSnapshotIdentifier', 'AWS::RDS::DBSnapshot'], ['dBClusterSnapshotIdentifier', 'AWS::RDS::DBClusterSnapshot'],
  ['clusterIdentifier', 'AWS::Redshift::Cluster'], ['cacheClusterId', 'AWS::ElastiCache::CacheCluster'],
  ['queueUrl', 'AWS::SQS::Queue'], ['topicArn', 'AWS::SNS::Topic'], ['streamName', 'AWS::Kinesis::Stream', 'kinesis'],
  ['deliveryStreamName', 'AWS::KinesisFirehose::DeliveryStream'], ['stackName', 'AWS::CloudFormation::Stack'],
  ['clusterName', 'AWS::EKS::Cluster', 'eks'], ['cluster', 'AWS::ECS::Cluster', 'ecs'], ['repositoryName', 'AWS::ECR::Repository', 'ecr'],
  ['logGroupName', 'AWS::Logs::LogGroup'], ['target', 'AWS::SSM::Target'], ['documentName', 'AWS::SSM::Document'],
  ['trailName', 'AWS::CloudTrail::Trail'], ['detectorId', 'AWS::GuardDuty::Detector'], ['configurationRecorderName', 'AWS::Config::ConfigurationRecorder'],
  ['userPoolId', 'AWS::Cognito::UserPool'], ['identityPoolId', 'AWS::Cognito::IdentityPool'], ['stateMachineArn', 'AWS::StepFunctions::StateMachine'],
  ['modelId', 'AWS::Bedrock::Model'], ['agentId', ''], ['knowledgeBaseId', 'AWS::Bedrock::KnowledgeBase'], ['projectName', ''],
  ['hostedZoneId', 'AWS::Route53::HostedZone'], ['backupVaultName', 'AWS::Backup::BackupVault'], ['fileSystemId', 'AWS::EFS::FileSystem'],
  ['restApiId', 'AWS::ApiGateway::RestApi'], ['permissionSetArn', 'AWS::SSO::PermissionSet'], ['role_name', 'AWS::IAM::Role'],
  ['workGroup', 'AWS::Athena::WorkGroup'], ['name', ''], ['names', ''], ['resourceArn', ''], ['resourceARN', ''], ['resourceId', ''], ['arn', ''],
]; // biome-ignore format: a table
const RANK_OF_NAME = new Map(NAMING.map(([name], rank) => [name, rank]));

/** What a call was about: the record's own list of resources, else what its parameters name, else the service. */
export function resourceOf(record: JsonRecord): Record<string, unknown> {
  const source = str(record['eventSource']) ?? '';
  const account = firstOf(record['recipientAccountId'], recordOf(record['userIdentity'])['accountId']);
  const parameters = recordOf(record['requestParameters']);
  const bucket = str(parameters['bucketName']);
  if (bucket !== undefined) return objectOf(bucket, str(parameters['key']), account);
  const listed = firstListed(record['resources'], account);
  if (listed !== undefined) return listed;
  const instance = instanceOf(parameters) ?? instanceOf(recordOf(record['responseElements']));
  if (instance !== undefined)
    return { resource: instance, resource_type: 'AWS::EC2::Instance', resource_id: instance, resource_parent: account };
  const named = namedBy(parameters) ?? namedInside(record, parameters);
  if (named === undefined) return { resource: source, resource_type: 'service', resource_parent: account };
  const { value, type, service } = named;
  const own = type !== '' && (service === undefined || source === `${service}.amazonaws.com`);
  return {
    resource: maskText(value),
    resource_type: own ? type : typeOfService(source),
    resource_id: maskText(value.slice(value.lastIndexOf('/') + 1)),
    resource_parent: account,
  };
}

interface Named {
  readonly value: string;
  readonly type: string;
  readonly service: string | undefined;
}

/** Calls have few parameters, and there are many names: the parameters are gone through. */
function namedBy(parameters: JsonRecord): Named | undefined {
  let best = NAMING.length;
  for (const name in parameters) {
    const rank = RANK_OF_NAME.get(name);
    if (rank !== undefined && rank < best && nameIn(parameters[name]) !== undefined) best = rank;
  }
  const row = NAMING[best];
  const value = row === undefined ? undefined : nameIn(parameters[row[0]]);
  return row === undefined || value === undefined ? undefined : { value, type: row[1], service: row[2] };
}

/** A name, or the first of a list. CloudTrail hides some. */
function nameIn(value: unknown): string | undefined {
  const name: unknown = Array.isArray(value) ? value[0] : value;
  return typeof name === 'string' && name !== '' && name !== HIDDEN ? name : undefined;
}

/** EC2's younger calls have their parameters in `…Request`, capitalised; services that act by themselves name it in what they add to the record. */
function namedInside(record: JsonRecord, parameters: JsonRecord): Named | undefined {
  const inner = parameters[`${str(record['eventName']) ?? ''}Request`];
  if (isRecord(inner)) return namedBy(uncapitalised(inner));
  const tagged = nameIn(firstItem(parameters['resourcesSet'])['resourceId']);
  if (tagged !== undefined) return { value: tagged, type: '', service: undefined };
  const secret = nameIn(recordOf(record['additionalEventData'])['SecretId']);
  if (secret !== undefined) return { value: secret, type: 'AWS::SecretsManager::Secret', service: undefined };
  return namedBy(recordOf(record['serviceEventDetails']));
}

function uncapitalised(object: JsonRecord): JsonRecord {
  const members: Record<string, unknown> = {};
  for (const name in object) {
    const value = object[name];
    // Lists there are `{"content":"fl-1","tag":1}`.
    put(members, name.charAt(0).toLowerCase() + name.slice(1), isRecord(value) ? value['content'] : value);
  }
  return members;
}

/** EC2 lists instances: those that were asked for, and of RunInstances those that were made. */
function instanceOf(part: JsonRecord): string | undefined {
  return str(firstItem(part['instancesSet'])['instanceId']);
}

function firstItem(set: unknown): JsonRecord {
  const items = recordOf(set)['items'];
  return recordOf(Array.isArray(items) ? items[0] : undefined);
}

function objectOf(bucket: string, key: string | undefined, account: string | undefined): Record<string, unknown> {
  if (key === undefined)
    return { resource: `arn:aws:s3:::${bucket}`, resource_type: 'AWS::S3::Bucket', resource_id: bucket, resource_parent: account };
  return { resource: `arn:aws:s3:::${bucket}/${key}`, resource_type: 'AWS::S3::Object', resource_id: key, resource_parent: bucket };
}

function firstListed(value: unknown, account: string | undefined): Record<string, unknown> | undefined {
  const first = recordOf(Array.isArray(value) ? value[0] : undefined);
  const arn = firstOf(first['ARN'], first['arn'], first['ARNPrefix'], first['resourceName']);
  if (arn === undefined) return undefined;
  return {
    resource: arn,
    resource_type: firstOf(first['type'], first['resourceType']),
    resource_id: lastPart(arn),
    resource_parent: account,
  };
}

/** `arn:aws:kms:eu-west-1:1:key/ID` → `ID`. */
function lastPart(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
}

function typeOfService(source: string): string {
  return source.replace('.amazonaws.com', '');
}
