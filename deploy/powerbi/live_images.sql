-- The records that live, for whoever reads the SQL analytics endpoint without the semantic model. The mirror holds
-- expired records, too, until DarkroomRetention has run. Run this once in the endpoint, with the deployment's retentionDays
-- and the table's name as the endpoint shows it; run it again when records have new fields.
CREATE OR ALTER VIEW dbo.live_images AS
SELECT *
FROM dbo.images
WHERE status <> 'deleted'
    AND createdAt >= CONVERT(varchar(19), DATEADD(day, -7, SYSUTCDATETIME()), 126);
GO

-- Readers get the view and not the table, by their group in Entra ID.
GRANT SELECT ON dbo.live_images TO [Darkroom analysts];
GO

-- Nothing but the header: the mirror holds no expired record.
SELECT id, createdAt
FROM dbo.images
WHERE createdAt < CONVERT(varchar(19), DATEADD(day, -7, SYSUTCDATETIME()), 126);
