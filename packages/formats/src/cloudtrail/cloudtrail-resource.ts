import { type JsonRecord, recordOf } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { firstOf, str } from '../json/values.ts';

/** Parameters that name what a call is about, the most telling first, and its type as CloudTrail names types. */
const NAMING: readonly (readonly [string, string])[] = [
  ['secretId', 'AWS::SecretsManager::Secret'], ['functionName', 'AWS::Lambda::Function'], ['tableName', 'AWS::DynamoDB::Table'],
  ['keyId', 'AWS::KMS::Key'], ['userName', 'AWS::IAM::User'], ['roleArn', 'AWS::IAM::Role'], ['roleName', 'AWS::IAM::Role'],
  ['groupName', 'AWS::IAM::Group'], ['policyArn', 'AWS::IAM::Policy'], ['policyName', 'AWS::IAM::Policy'], ['instanceId', 'AWS::EC2::Instance'],
  ['groupId', 'AWS::EC2::SecurityGroup'], ['volumeId', 'AWS::EC2::Volume'], ['snapshotId', 'AWS::EC2::Snapshot'], ['imageId', 'AWS::EC2::Image'],
  ['vpcId', 'AWS::EC2::VPC'], ['dBInstanceIdentifier', 'AWS::RDS::DBInstance'], ['dBClusterIdentifier', 'AWS::RDS::DBCluster'],
  ['queueUrl', 'AWS::SQS::Queue'], ['topicArn', 'AWS::SNS::Topic'], ['streamName', 'AWS::Kinesis::Stream'], ['stackName', 'AWS::CloudFormation::Stack'],
  ['clusterName', 'AWS::EKS::Cluster'], ['repositoryName', 'AWS::ECR::Repository'], ['logGroupName', 'AWS::Logs::LogGroup'],
  ['target', 'AWS::SSM::Target'], ['name', ''], ['resourceArn', ''], ['resourceId', ''], ['arn', ''],
]; // biome-ignore format: a table

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
  for (const [name, type] of NAMING) {
    const value = parameters[name];
    if (typeof value === 'string' && value !== '')
      return {
        resource: maskText(value),
        resource_type: type === '' ? typeOfService(source) : type,
        resource_id: maskText(value.slice(value.lastIndexOf('/') + 1)),
        resource_parent: account,
      };
  }
  return { resource: source, resource_type: 'service', resource_parent: account };
}

/** EC2 lists instances: those that were asked for, and of RunInstances those that were made. */
function instanceOf(part: JsonRecord): string | undefined {
  const items = recordOf(part['instancesSet'])['items'];
  return str(recordOf(Array.isArray(items) ? items[0] : undefined)['instanceId']);
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
